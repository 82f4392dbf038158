"""What every norm offers to a network: its place there, and itself with the neuron behind it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Literal

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.ops.lif import LifOutput, lif

Place = Literal["stem", "inner", "summand", "shortcut"]


@dataclass(frozen=True)
class NormSite:
    """Where a norm stands, and the threshold of the neurons that its output reaches.

    `place`: stem (before the blocks, or in a network without any), inner, summand (one of two norms whose sum the
    neurons take) or shortcut (the other one, which no neuron follows).
    """

    channels: int
    T: int
    place: Place
    v_threshold: float


class Norm(nn.Module, ABC):
    """Normalizes a current. Its output has T steps where it differs from step to step, else as many as x has."""

    @abstractmethod
    def forward(self, x: Float[Tensor, "S N C H W"], copies: int = 1) -> Float[Tensor, "T N C H W"]:
        """Normalize x; with `copies` an x of one step stands for so many equal ones."""

    def lif(
        self,
        x: Float[Tensor, "S N C H W"],
        *neuron: Any,
        residual: Float[Tensor, "S N C H W"] | None,
        T: int | None,
        **options: Any,
    ) -> LifOutput:
        """Compute `lif` of the normalized x + residual, which a norm may do in one operator; `T` is that of `lif`."""
        y = self(x, T or 1)
        y = y if residual is None else y + residual
        return lif(y, *neuron, T=T if len(y) == 1 else None, **options)
