"""Dspike: a scaled tanh on [0, 1] whose temperature moves over the training."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.errors import require
from snnexp.surrogates.base import WINDOW, Surrogate, tanh_window


@dataclass(frozen=True, kw_only=True)
class Dspike(Surrogate):
    """(b / 2) sech^2(b z) / tanh(b / 2) for |z| <= 1/2, else 0, with b = start + (end - start) progress.

    It is the derivative of (tanh(b z) / tanh(b / 2) + 1) / 2, which goes from 0 to 1 on the window whatever b is, as a
    straight line for small b and nearly as a step for large. Source: Li et al. 2021, Differentiable Spike, where b is
    chosen again in each epoch by finite differences of the loss; here its course is fixed.

    Raises:
        UserError: a temperature that is not positive.
    """

    start: float = 1.0
    end: float = 5.0
    half_width = WINDOW

    def __post_init__(self) -> None:
        require(self.start > 0, f"surrogate.start={self.start}: must be above 0")
        require(self.end > 0, f"surrogate.end={self.end}: must be above 0")

    def __call__(self, z: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        b = self.start + (self.end - self.start) * torch.as_tensor(self.progress, device=z.device)
        return tanh_window(z, b, b / 2 / torch.tanh(b / 2))
