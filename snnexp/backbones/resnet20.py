"""The RMP family's ResNet-20: a ResNet-18-like network of 11.25 M parameters with a stem of three convolutions."""

from torch import nn

from snnexp.backbones.base.residual import ResidualNetwork, residual_stages
from snnexp.backbones.layers import Conv, LayerFactory, Linear, OverTime


class Resnet20(ResidualNetwork):
    """Three convolutions, average pooling, four stages of two blocks; own width 64. Not He's 0.27 M ResNet-20.

    Source: yfguo91/Re-Loss models/resnet.py, resnet20_cifar_modified.
    """

    def __init__(self, layers: LayerFactory, in_channels: int, num_classes: int, *, width: int) -> None:
        super().__init__(layers, width)
        stem: list[nn.Module] = []
        for channels in (in_channels, width, width):
            stem.append(OverTime(Conv(channels, width, 3, padding=1, bias=False)))
            stem.append(layers.norm_spike(width, role="stem"))
        self.stem = nn.Sequential(*stem, OverTime(nn.AvgPool2d(2)))
        stages = [(width, 2, 1), (2 * width, 2, 2), (4 * width, 2, 2), (8 * width, 2, 2)]
        self.blocks = residual_stages(layers, width, stages, pool_shortcut=True)
        self.head = Linear(8 * width, num_classes)
