"""Derivative of the logistic function; SpikingJelly's Sigmoid."""

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.errors import require
from snnexp.surrogates.base import Surrogate


@dataclass(frozen=True, kw_only=True)
class Sigmoid(Surrogate):
    """alpha sigma(alpha z) (1 - sigma(alpha z)). Source: SpikingJelly, activation_based/surrogate.py."""

    alpha: float = 4.0

    def __post_init__(self) -> None:
        require(self.alpha > 0, f"surrogate.alpha={self.alpha}: must be above 0")

    def __call__(self, z: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        s = torch.sigmoid(self.alpha * z)
        return self.alpha * s * (1 - s)

    @cached_property
    def cpp(self) -> str:
        return f"real({self.alpha!r}) * logistic_slope(real({self.alpha!r}) * z)"
