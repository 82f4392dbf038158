"""Keeps the firing rates of layers within bounds."""

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.errors import UserError, require
from snnexp.ops.layout import state_dtype
from snnexp.regularizers.base import Outputs, Regularizer


class Rate(Regularizer):
    """weight * mean over layers of max(0, lower - r)^2 + max(0, r - upper)^2, r the layer's spikes a neuron and step.

    Its gradient is the surrogate's. With `lower` equal to `upper` it pulls every layer to that rate. Source: the
    bounds of Zenke and Vogels 2021, on the rate of a layer.

    Raises:
        UserError: a negative weight, or bounds that are not 0 <= lower <= upper <= 1.
    """

    needs = frozenset({"spikes"})
    is_binary = True

    def __init__(self, *, weight: float, lower: float, upper: float) -> None:
        require(weight >= 0, f"regularizer.rate.weight={weight}: must not be negative")
        if not 0 <= lower <= upper <= 1:
            what = "bounds of spikes a neuron and step must be 0 <= lower <= upper <= 1"
            raise UserError(f"regularizer.rate.lower={lower} upper={upper}: {what}")
        self.weight, self.lower, self.upper = weight, lower, upper

    def penalty(self, outputs: Outputs) -> Float[Tensor, ""]:
        fired = [record.spikes for record in outputs.records if record.spikes is not None]
        rates = torch.stack([spikes.mean(dtype=state_dtype(spikes)) for spikes in fired])
        outside = rates - rates.detach().clamp(self.lower, self.upper)  # the nearest bound is a constant
        return self.weight * outside.square().mean()
