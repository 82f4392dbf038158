"""Control of ASA: one spatial map for all entries, without groups."""

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.neurons.base import Site
from snnexp.regularizers.base import Gating
from snnexp.regularizers.layers import MapConv, spatial_map


class SpatialAttention(Gating):
    """x -> map x, map = sigmoid(conv3x3(mean and maximum over (T, C))): what remains of ASA where J is empty."""

    def make_gate(self, site: Site) -> nn.Module:
        return MapGate()


class MapGate(nn.Module):
    """Multiplication by the spatial map of all entries."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = MapConv()

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C H W"]:
        return x * spatial_map(self.conv, x)
