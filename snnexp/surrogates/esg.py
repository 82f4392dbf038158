"""IM-Loss's evolutionary surrogate gradient: a tanh that steepens over the training."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.errors import require
from snnexp.surrogates.base import Surrogate


@dataclass(frozen=True, kw_only=True)
class Esg(Surrogate):
    """(K / 2) sech^2(K z), the derivative of tanh(K z) / 2 + 1 / 2, with K = start + (end - start) (10^p - 1) / 9.

    p is `progress`, so K moves from `start` to `end`, slowly at first: gradients are wide to begin with and at the end
    nearly those of a step. Source: Guo et al. 2022, IM-Loss, as summarised by others; start is 1 and end is 10.

    Raises:
        UserError: a sharpness that is not positive, or an end below the start.
    """

    start: float = 1.0
    end: float = 10.0

    def __post_init__(self) -> None:
        require(self.start > 0, f"surrogate.start={self.start}: must be above 0")
        require(self.end >= self.start, f"surrogate.end={self.end}: must not be below surrogate.start={self.start}")

    @property
    def sharpness(self) -> Float[Tensor, ""] | float:
        """K at this point of the training."""
        return self.start + (self.end - self.start) * (10**self.progress - 1) / 9

    def __call__(self, z: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        k = self.sharpness
        return (1 - torch.tanh(k * z).square()) * (k / 2)
