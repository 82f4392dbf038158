"""Residual networks, and their blocks: sums before a neuron, of spikes, or of currents that no neuron touches."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.backbones.base import Backbone
from snnexp.backbones.layers import Conv, Conv2d, LayerFactory, Linear, OverTime, Segment, copies
from snnexp.norms.layers import BatchNorm


class ResidualNetwork(Backbone):
    """A stem, blocks, and a linear layer of the mean over the map."""

    stem: nn.Module
    blocks: nn.Module

    def features(self, x: Float[Tensor, "S N C H W"]) -> Float[Tensor, "T N F"]:
        return self.blocks(self.stem(x)).mean((-2, -1))


class ResidualBlock(Segment):
    """out = LIF(BN2(conv3x3(LIF(BN1(conv3x3(x))))) + shortcut(x)), convolutions without bias.

    `pool_shortcut`: where the shape changes, the shortcut is average pooling and a 1x1 convolution of stride 1, else
    a 1x1 convolution of the block's stride. Source: yfguo91/Re-Loss models/spike_block.py, and MPBN's.
    """

    def __init__(self, layers: LayerFactory, channels: tuple[int, int], stride: int, pool_shortcut: bool) -> None:
        super().__init__()
        before, after = channels
        changes = before != after or stride != 1
        self.conv1 = OverTime(Conv(before, after, 3, stride, padding=1, bias=False))
        self.spike1 = layers.norm_spike(after, role="inner")
        self.conv2 = OverTime(Conv(after, after, 3, padding=1, bias=False))
        self.spike2 = layers.norm_spike(after, role="output", place="summand" if changes else "inner")
        self.shortcut = nn.Identity()
        if changes:
            pool = [nn.AvgPool2d(stride, ceil_mode=True, count_include_pad=False)] if pool_shortcut else []
            conv = Conv(before, after, 1, 1 if pool_shortcut else stride, bias=False)
            norm = layers.norm(self.spike2.neuron, "shortcut")
            self.shortcut = nn.Sequential(OverTime(nn.Sequential(*pool, conv)), norm)

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N c h w"]:
        return self.spike2(self.conv2(self.spike1(self.conv1(x))), residual=self.shortcut(x))


def residual_stages(
    layers: LayerFactory, channels: int, stages: list[tuple[int, int, int]], *, pool_shortcut: bool
) -> nn.Sequential:
    """Make the blocks of stages (channels, blocks, stride of the first)."""
    blocks = []
    for after, count, stride in stages:
        for i in range(count):
            blocks.append(ResidualBlock(layers, (channels, after), stride if i == 0 else 1, pool_shortcut))
            channels = after
    return nn.Sequential(*blocks)


class LargeResnet(ResidualNetwork):
    """For large images: a 7x7 convolution of stride 2, average pooling, and four stages of `depths` blocks."""

    depths: tuple[int, ...]

    def __init__(self, layers: LayerFactory, in_channels: int, num_classes: int, *, width: int) -> None:
        super().__init__(layers, width)
        conv = OverTime(Conv(in_channels, width, 7, stride=2, padding=3, bias=False))
        self.stem = nn.Sequential(conv, layers.norm_spike(width, role="stem"), OverTime(nn.AvgPool2d(3, 2, 1)))
        stages = [(width << stage, depth, 2 if stage else 1) for stage, depth in enumerate(self.depths)]
        self.blocks = residual_stages(layers, width, stages, pool_shortcut=False)
        self.head = Linear(8 * width, num_classes)


class SewBlock(Segment):
    """out = IF(BN(conv3x3(IF(BN(conv3x3(x)))))) + shortcut(x), a count of spikes.

    Where the shape changes, the shortcut is IF(BN(conv1x1(x))) of the block's stride.
    """

    def __init__(self, layers: LayerFactory, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = OverTime(Conv2d(before, after, 3, stride, padding=1, bias=False))
        self.spike1 = layers.norm_spike(after, role="inner")
        self.conv2 = OverTime(nn.Conv2d(after, after, 3, padding=1, bias=False))
        self.spike2 = layers.norm_spike(after, role="output")
        self.shortcut = nn.Identity()
        if before != after or stride != 1:
            conv = OverTime(Conv2d(before, after, 1, stride, bias=False))
            self.shortcut = nn.Sequential(conv, layers.norm_spike(after, role="output"))

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N c h w"]:
        return self.spike2(self.conv2(self.spike1(self.conv1(x)))) + self.shortcut(x)


def sew_stages(layers: LayerFactory, width: int) -> nn.Sequential:
    """Make four stages of two blocks each; all but the first halve the map and double the channels."""
    blocks, channels = [], width
    for stage in range(4):
        after = width << stage
        blocks += [SewBlock(layers, channels, after, 2 if stage else 1), SewBlock(layers, after, after, 1)]
        channels = after
    return nn.Sequential(*blocks)


class MembraneBlock(Segment):
    """current -> BN2(conv3x3(LIF(BN1(conv3x3(spikes))))) + shortcut(current), and the spikes of that, LIF(current).

    `spikes` are those of the current that comes in. Where the shape changes, the shortcut is a norm of a 1x1
    convolution of the block's stride, else the current itself: no neuron stands in it. BN2 begins with a weight of 0.
    Source: Hu et al. 2021, MS-ResNet; SpikingJelly, MSResNet.
    """

    def __init__(self, layers: LayerFactory, channels: tuple[int, int], stride: int) -> None:
        super().__init__()
        before, after = channels
        self.conv1 = OverTime(Conv(before, after, 3, stride, padding=1, bias=False))
        self.spike1 = layers.norm_spike(after, role="inner")
        self.conv2 = OverTime(Conv(after, after, 3, padding=1, bias=False))
        self.changes = before != after or stride != 1
        spike2 = layers.neuron(after, "output")
        self.norm = layers.norm(spike2.neuron, "summand" if self.changes else "inner")
        if isinstance(self.norm, BatchNorm):
            nn.init.zeros_(self.norm.weight)
        if self.changes:
            self.shortcut = OverTime(Conv(before, after, 1, stride, bias=False))
            self.shortcut_norm = layers.norm(spike2.neuron, "shortcut")
        self.spike2 = spike2

    def forward(
        self, current: Float[Tensor, "S N C H W"], spikes: Float[Tensor, "T N C H W"]
    ) -> tuple[Float[Tensor, "T N c h w"], Float[Tensor, "T N c h w"]]:
        y = self.norm(self.conv2(self.spike1(self.conv1(spikes))))
        if self.changes:
            y = y + self.shortcut_norm(self.shortcut(current), copies(current, self.spike2.neuron.site.T))
        else:
            y = y + current
        return y, self.spike2(y)


def membrane_stages(layers: LayerFactory, width: int, blocks: Sequence[int]) -> nn.ModuleList:
    """Make stages of so many blocks; each halves the map, all but the first double the channels."""
    made, channels = nn.ModuleList(), width
    for stage, count in enumerate(blocks):
        for i in range(count):
            made.append(MembraneBlock(layers, (channels, width << stage), 1 if i else 2))
            channels = width << stage
    return made
