"""Rectangular window (STBP); width 1 is the straight-through estimator on [0, 1] of the RMP family."""

from dataclasses import dataclass
from functools import cached_property

from jaxtyping import Float
from torch import Tensor

from snnexp.errors import require
from snnexp.surrogates.base import Surrogate


@dataclass(frozen=True, kw_only=True)
class Rectangle(Surrogate):
    """1 / width for |z| <= width / 2, else 0. Width 1: yfguo91/Re-Loss; width 0.5: BICLab/ASA-SNN models/Net.py."""

    width: float = 1.0

    def __post_init__(self) -> None:
        require(self.width > 0, f"surrogate.width={self.width}: must be above 0")
        object.__setattr__(self, "half_width", self.width / 2)  # it is frozen

    def __call__(self, z: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return (z.abs() <= self.width / 2).to(z.dtype) / self.width

    @cached_property
    def cpp(self) -> str:
        return f"select(std::abs(z) <= real({self.width / 2!r}), real({1 / self.width!r}), real(0))"
