"""SimAM: attention without parameters, by how far an entry lies from the mean of its map."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.errors import require
from snnexp.neurons.base import Site
from snnexp.regularizers.base import GatedRole, Gating


class Simam(Gating):
    """x -> x sigmoid((x - m)^2 / (4 (s^2 + lam)) + 1/2), m and s^2 mean and variance (n - 1) of x over (H, W).

    Each step, sample and channel has a map of its own; in one of a single place s^2 is 0. Source: Yang et al. 2021,
    SimAM, and ZjjConan/SimAM networks/attentions/simam_module.py.

    Raises:
        UserError: a `lam` that is not above 0.
    """

    def __init__(self, *, lam: float, sites: Sequence[GatedRole]) -> None:
        super().__init__(sites=sites)
        require(lam > 0, f"regularizer.simam.lam={lam}: must be above 0")
        self.lam = lam

    def make_gate(self, site: Site) -> nn.Module:
        return EnergyGate(self.lam)


class EnergyGate(nn.Module):
    """Multiplication by the sigmoid of the inverse energy."""

    def __init__(self, lam: float) -> None:
        super().__init__()
        self.lam = lam

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C H W"]:
        squares = (x - x.mean((-2, -1), keepdim=True)).square()
        others = max(1, x.shape[-2] * x.shape[-1] - 1)
        variance = squares.sum((-2, -1), keepdim=True) / others
        return x * (squares / (4 * (variance + self.lam)) + 0.5).sigmoid()
