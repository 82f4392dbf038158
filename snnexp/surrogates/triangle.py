"""Triangular window, as TET uses it."""

from dataclasses import dataclass
from functools import cached_property

from jaxtyping import Float
from torch import Tensor

from snnexp.errors import require
from snnexp.surrogates.base import Surrogate


@dataclass(frozen=True, kw_only=True)
class Triangle(Surrogate):
    """max(0, gamma - |z|) / gamma^2. Source: Gus-Lab/temporal_efficient_training, models/layers.py."""

    gamma: float = 1.0

    def __post_init__(self) -> None:
        require(self.gamma > 0, f"surrogate.gamma={self.gamma}: must be above 0")
        object.__setattr__(self, "half_width", self.gamma)  # it is frozen

    def __call__(self, z: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return (self.gamma - z.abs()).clamp(min=0) / self.gamma**2

    @cached_property
    def cpp(self) -> str:
        return f"std::max(real(0), real({self.gamma!r}) - std::abs(z)) * real({self.gamma**-2!r})"
