"""Keeps firing rates near a target."""

import torch
from torch import Tensor

from snnexp.regularizers.base import Outputs, Regularizer


class MyRate(Regularizer):
    """weight * mean over layers of (firing rate - target)^2, with the surrogate's gradient."""

    needs = frozenset({"spikes"})

    def __init__(self, *, weight: float, target: float) -> None:
        self.weight, self.target = weight, target

    def penalty(self, outputs: Outputs) -> Tensor:
        rates = torch.stack([record.spikes.mean() for record in outputs.records if record.spikes is not None])
        return self.weight * (rates - self.target).square().mean()
