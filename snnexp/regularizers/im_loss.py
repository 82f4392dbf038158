"""IM-Loss (NeurIPS 2022): spikes carry most information where half of a layer's neurons fire."""

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.errors import require
from snnexp.ops.layout import state_dtype
from snnexp.regularizers.base import Outputs, Regularizer, Sites, at_sites


class ImLoss(Regularizer):
    """weight * mean over layers of (mean of the input current - target)^2, the current being that of all steps.

    A bit has the most entropy where it is 1 half of the time: the current's mean, near its median, is put at the
    threshold. Source: Guo et al. 2022, as summarised by others, and the authors' published models/distrloss_layer.py
    and spike_model.py, where the target is 0.5 / T. These take the mean over layers, too; behind a layer that is no
    block they measure the spikes in place of the current.

    Raises:
        UserError: a negative weight.
    """

    needs = frozenset({"x"})
    is_binary = True

    def __init__(self, *, weight: float, target: float, sites: Sites) -> None:
        require(weight >= 0, f"regularizer.im_loss.weight={weight}: must not be negative")
        self.weight, self.target = weight, target
        self.sites: Sites = sites

    def penalty(self, outputs: Outputs) -> Float[Tensor, ""]:
        chosen = at_sites(outputs.records, self.sites)
        currents = [record.x for record in chosen if record.x is not None]
        means = torch.stack([x.mean(dtype=state_dtype(x)) for x in currents])
        return self.weight * (means - self.target).square().mean()
