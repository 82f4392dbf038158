"""The gates of MA-SNN: attention over time, channels and space, each alone or one behind the other."""

from collections.abc import Sequence
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.errors import UserError, require
from snnexp.neurons.base import Site
from snnexp.regularizers.base import GatedRole, Gating
from snnexp.regularizers.layers import MapConv, spatial_map

Axis = Literal["time", "channel", "space"]


class MaSnn(Gating):
    """x -> relu(x) behind x <- a x for each of `axes` in turn, a in (0, 1) taken of the x that the last one left.

        time, channel:  a = sigmoid(F(mean) + F(maximum)),  F(p) = W2 relu(W1 p), over all but the axis and the sample
        space:          a = sigmoid(conv3x3(mean and maximum over (T, C)))

    W1 leads from n entries to max(1, floor(n / reduction)): `reduction_t` of n = T, `reduction_c` of n = C. The paper's
    TA, CA, SA, TCSA are one of the axes, or all in the order above. Source: Yao et al. 2023, arXiv 2209.13929, and
    BICLab/MA-SNN; SpikingJelly, MultiDimensionalAttention.

    Raises:
        UserError: no axis, one twice, or a reduction below 1.
    """

    def __init__(self, *, axes: Sequence[Axis], reduction_t: int, reduction_c: int, sites: Sequence[GatedRole]) -> None:
        super().__init__(sites=sites)
        if not axes or len(set(axes)) < len(axes):
            raise UserError(
                f"regularizer.ma_snn.axes={list(axes)}: name one or more of time, channel, space, each once"
            )
        for name, reduction in (("reduction_t", reduction_t), ("reduction_c", reduction_c)):
            require(reduction >= 1, f"regularizer.ma_snn.{name}={reduction}: must be at least 1")
        self.axes, self.reduction_t, self.reduction_c = axes, reduction_t, reduction_c

    def make_gate(self, site: Site) -> nn.Module:
        makers = {
            "time": lambda: AxisAttention(site.T, self.reduction_t, 0),
            "channel": lambda: AxisAttention(site.channels, self.reduction_c, 2),
            "space": SpaceAttention,
        }
        return InTurn(*(makers[axis]() for axis in self.axes))


class InTurn(nn.Sequential):
    """Multiplication by one map after the other, then relu."""

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C H W"]:
        for attention in self:
            x = x * attention(x)
        return x.relu()


class AxisAttention(nn.Module):
    """A factor for each entry of one dimension `dim` of `[T, N, C, H, W]`, n entries long."""

    def __init__(self, n: int, reduction: int, dim: int) -> None:
        super().__init__()
        self.dim = dim
        hidden = max(1, n // reduction)
        self.mix = nn.Sequential(nn.Linear(n, hidden, bias=False), nn.ReLU(), nn.Linear(hidden, n, bias=False))

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "#T N #C 1 1"]:
        entries = x.transpose(0, self.dim).flatten(2)  # [n, N, all else]
        mean, maximum = entries.mean(-1).T, entries.amax(-1).T
        factors = (self.mix(mean) + self.mix(maximum)).sigmoid().T
        return factors[..., None, None, None].transpose(0, self.dim)


class SpaceAttention(nn.Module):
    """A factor for each place."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = MapConv()

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "1 N 1 H W"]:
        return spatial_map(self.conv, x)
