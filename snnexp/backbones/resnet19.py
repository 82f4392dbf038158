"""The RMP family's ResNet-19 (tdBN's network with one linear layer), 12.57 M parameters."""

from torch import nn

from snnexp.backbones.base.residual import ResidualNetwork, residual_stages
from snnexp.backbones.layers import Conv, LayerFactory, Linear, OverTime


class Resnet19(ResidualNetwork):
    """One convolution, then stages of 3, 3 and 2 blocks; own width 128. Source: yfguo91/Re-Loss, resnet19_cifar."""

    def __init__(self, layers: LayerFactory, in_channels: int, num_classes: int, *, width: int) -> None:
        super().__init__(layers, width)
        conv = OverTime(Conv(in_channels, width, 3, padding=1, bias=False))
        self.stem = nn.Sequential(conv, layers.norm_spike(width, role="stem"))
        stages = [(width, 3, 1), (2 * width, 3, 2), (4 * width, 2, 2)]
        self.blocks = residual_stages(layers, width, stages, pool_shortcut=False)
        self.head = Linear(4 * width, num_classes)
