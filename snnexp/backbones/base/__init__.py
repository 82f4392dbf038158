"""What every backbone has in common: input of images or events, readout, and the residual networks' blocks."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.backbones.layers import Conv, Layers, OverTime, Segment
from snnexp.errors import UserError
from snnexp.randomness import derive


class Backbone(nn.Module, ABC):
    """Spiking network whose logits are the mean over T of one linear layer's output.

    Raises:
        UserError: a width below 1.
    """

    head: nn.Module

    def __init__(self, layers: Layers, width: int) -> None:
        super().__init__()
        if width < 1:
            raise UserError(f"backbone.width={width}: must be at least 1")
        self.T = layers.T

    @abstractmethod
    def features(self, x: Float[Tensor, "S N C H W"]) -> Float[Tensor, "T N F"]:
        """Spikes or pooled spikes that the linear layer reads; a static image comes as one step (S = 1)."""

    def forward(self, x: Float[Tensor, "*S N C H W"], per_step: bool = False) -> Float[Tensor, "*T N K"]:
        """Compute the mean logits, or those `per_step`, of images `[N, C, H, W]` or event frames `[T, N, C, H, W]`."""
        x = x.unsqueeze(0) if x.dim() == 4 else x
        assert x.shape[0] in (1, self.T), f"{x.shape[0]} frames for T={self.T}"
        features = self.features(x)
        # The linear layer is applied to the mean: the same as the mean of its outputs, at 1/T of the work.
        return self.head(features if per_step else features.mean(0))

    def initialize(self, seed: int) -> None:
        """Draw each module's parameters on the CPU as a function of (seed, module name) alone."""
        with torch.random.fork_rng(devices=[]):
            for name, module in self.named_modules():
                reset = getattr(module, "reset_parameters", None)
                if callable(reset):
                    torch.manual_seed(derive(seed, "weights", name))
                    reset()


class ResidualBlock(Segment):
    """out = LIF(BN2(conv3x3(LIF(BN1(conv3x3(x))))) + shortcut(x)), convolutions without bias.

    `pool_shortcut`: where the shape changes, the shortcut is average pooling and a 1x1 convolution of stride 1, else
    a 1x1 convolution of the block's stride. Source: yfguo91/Re-Loss models/spike_block.py, and MPBN's.
    """

    def __init__(self, layers: Layers, channels: tuple[int, int], stride: int, pool_shortcut: bool) -> None:
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
    layers: Layers, channels: int, stages: list[tuple[int, int, int]], *, pool_shortcut: bool
) -> nn.Sequential:
    """Blocks of stages (channels, blocks, stride of the first)."""
    blocks = []
    for after, count, stride in stages:
        for i in range(count):
            blocks.append(ResidualBlock(layers, (channels, after), stride if i == 0 else 1, pool_shortcut))
            channels = after
    return nn.Sequential(*blocks)
