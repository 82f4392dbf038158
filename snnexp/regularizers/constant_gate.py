"""Control of ASA: the same gain for everything."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.errors import require
from snnexp.neurons.base import Site
from snnexp.regularizers.base import GatedRole, Gating


class ConstantGate(Gating):
    """x -> `gain` x: what ASA's maps do to the firing rate by being below 1, without attending to anything.

    Raises:
        UserError: a gain that is not positive.
    """

    def __init__(self, *, gain: float, sites: Sequence[GatedRole]) -> None:
        super().__init__(sites=sites)
        require(gain > 0, f"regularizer.constant_gate.gain={gain}: must be above 0")
        self.gain = gain

    def make_gate(self, site: Site) -> nn.Module:
        return Scale(self.gain)


class Scale(nn.Module):
    """Multiplication by a constant."""

    def __init__(self, gain: float) -> None:
        super().__init__()
        self.gain = gain

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C H W"]:
        return self.gain * x
