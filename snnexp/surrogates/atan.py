"""Derivative of the arc tangent; SpikingJelly's ATan."""

import math
from dataclasses import dataclass
from functools import cached_property

from jaxtyping import Float
from torch import Tensor

from snnexp.errors import require
from snnexp.surrogates.base import Surrogate


@dataclass(frozen=True, kw_only=True)
class Atan(Surrogate):
    """(alpha / 2) / (1 + (pi alpha z / 2)^2). Source: SpikingJelly, activation_based/surrogate.py."""

    alpha: float = 2.0

    def __post_init__(self) -> None:
        require(self.alpha > 0, f"surrogate.alpha={self.alpha}: must be above 0")

    def __call__(self, z: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return self.alpha / 2 / (1 + (math.pi / 2 * self.alpha * z).square())

    @cached_property
    def cpp(self) -> str:
        slope = f"real({math.pi / 2 * self.alpha!r}) * z"
        return f"real({self.alpha / 2!r}) / (1 + ({slope}) * ({slope}))"
