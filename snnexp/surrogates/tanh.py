"""Derivative of a scaled tanh on [0, 1]; k = 3 equals MPR with the rectangle."""

import math
from dataclasses import dataclass
from functools import cached_property

from jaxtyping import Float
from torch import Tensor

from snnexp.errors import require
from snnexp.surrogates.base import WINDOW, Surrogate, tanh_window


@dataclass(frozen=True, kw_only=True)
class Tanh(Surrogate):
    """(k / 2) sech^2(k z) / tanh(k / 2) for |z| <= 1/2, else 0. Source: IM-Loss and MPBN, models/spike_layer.py."""

    k: float = 3.0
    half_width = WINDOW

    def __post_init__(self) -> None:
        require(self.k > 0, f"surrogate.k={self.k}: must be above 0")

    def __call__(self, z: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return tanh_window(z, self.k, self.height)

    @property
    def height(self) -> float:
        """Slope at z = 0."""
        return self.k / 2 / math.tanh(self.k / 2)

    @cached_property
    def cpp(self) -> str:
        slope = f"real({4 * self.height!r}) * logistic_slope(real({2 * self.k!r}) * z)"  # 1 - tanh^2(y) = 4 sigma'(2 y)
        return f"select(std::abs(z) <= real({WINDOW}), {slope}, real(0))"
