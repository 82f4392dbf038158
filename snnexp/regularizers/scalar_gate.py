"""Control of ASA: one learned gain a layer."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.errors import require
from snnexp.neurons.base import Site
from snnexp.regularizers.base import GatedRole, Gating


class ScalarGate(Gating):
    """x -> sigmoid(w) x with one learned w a layer: a gain in (0, 1) like ASA's, which begins at `start`.

    Raises:
        UserError: a start that no w gives.
    """

    def __init__(self, *, start: float, sites: Sequence[GatedRole]) -> None:
        super().__init__(sites=sites)
        require(0 < start < 1, f"regularizer.scalar_gate.start={start}: must lie between 0 and 1")
        self.start = start

    def make_gate(self, site: Site) -> nn.Module:
        return Gain(self.start)


class Gain(nn.Module):
    """Multiplication by a learned number in (0, 1)."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(math.log(start / (1 - start))))

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C H W"]:
        return torch.sigmoid(self.w) * x
