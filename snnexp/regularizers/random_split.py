"""Control of ASA: its two spatial maps for groups that are drawn once instead of chosen by importance."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.errors import require
from snnexp.neurons.base import Site
from snnexp.regularizers.base import GatedRole, Gating
from snnexp.regularizers.layers import SplitAttention


class RandomSplit(Gating):
    """x -> x (I map_I + J map_J) as in ASA, with I a share `lam` of the entries (t, c), the same for all samples.

    I is drawn with the initial weights, from the seed and the layer's name.

    Raises:
        UserError: a share out of range.
    """

    def __init__(self, *, lam: float, sites: Sequence[GatedRole]) -> None:
        super().__init__(sites=sites)
        require(0 < lam < 1, f"regularizer.random_split.lam={lam}: must lie between 0 and 1")
        self.lam = lam

    def make_gate(self, site: Site) -> nn.Module:
        return RandomSplitGate(site.T, site.channels, self.lam)


class RandomSplitGate(SplitAttention):
    """Two spatial maps for two fixed groups."""

    def __init__(self, T: int, channels: int, lam: float) -> None:
        super().__init__(lam)
        self.mask: Tensor
        self.register_buffer("mask", torch.empty(T, 1, channels, dtype=torch.bool))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the groups."""
        self.mask.copy_(torch.randperm(self.mask.numel()).view_as(self.mask) < self.lam * self.mask.numel())

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C H W"]:
        return self.split(x, self.mask)
