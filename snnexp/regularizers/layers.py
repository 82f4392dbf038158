"""Spatial attention over event features, the building block of ASA and of its controls."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from snnexp.ops.split_gate import compiled


class MapConv(nn.Conv2d):
    """The convolution of one spatial map, 18 weights, of a kind of its own: `snnexp.training.controls` looks for it."""

    def __init__(self) -> None:
        super().__init__(2, 1, 3, padding=1, bias=False)


def spatial_map(conv: nn.Conv2d, x: Float[Tensor, "T N C H W"], share: float = 1.0) -> Float[Tensor, "1 N 1 H W"]:
    """Return sigmoid(conv(P)), P the mean over (T, C) divided by `share` and the maximum: one map a sample."""
    pooled = torch.stack([x.mean((0, 2)) / share, x.amax((0, 2))], dim=1)
    return conv(pooled).sigmoid().unsqueeze(0)


class SplitAttention(nn.Module):
    """A spatial map for each of two groups of entries (t, n, c): X_I map_I + X_J map_J.

    A group keeps its place and is 0 elsewhere, so the means are divided by the share of entries that it stands for,
    `lam` and 1 - `lam`, and the maxima are at least 0. Source: BICLab/ASA-SNN models/module/Attn.py.
    """

    def __init__(self, lam: float) -> None:
        super().__init__()
        self.lam = lam
        self.conv1 = MapConv()
        self.conv2 = MapConv()

    def split(self, x: Float[Tensor, "T N C H W"], mask: Bool[Tensor, "T #N C"]) -> Float[Tensor, "T N C H W"]:
        """Add both `groups`, by compiled code where x suits it and no autocast rounds the maps."""
        lib = None if torch.is_autocast_enabled(x.device.type) else compiled.code(x)
        if lib is None:
            important, rest = self.groups(x, mask)
            return important + rest
        numbers = compiled.as_numbers(mask, x)
        mean, most, other_mean, other_most = compiled.Pool.apply(x, numbers, lib)
        first = self.conv1(torch.stack([mean / self.lam, most], 1))
        second = self.conv2(torch.stack([other_mean / (1 - self.lam), other_most], 1))
        return compiled.Apply.apply(x, numbers, torch.cat([first, second], 1).sigmoid().transpose(0, 1), lib)

    def groups(
        self, x: Float[Tensor, "T N C H W"], mask: Bool[Tensor, "T #N C"]
    ) -> tuple[Float[Tensor, "T N C H W"], Float[Tensor, "T N C H W"]]:
        """Return the entries in the mask and those outside it, each group under its map."""
        important = x * mask[..., None, None].to(x.dtype)
        rest = x - important  # exactly x or 0
        return (
            important * spatial_map(self.conv1, important, self.lam),
            rest * spatial_map(self.conv2, rest, 1 - self.lam),
        )
