"""The RMP family's ResNet-34 for ImageNet, 21.80 M parameters."""

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.backbones.base import Backbone
from snnexp.backbones.base.residual import residual_stages
from snnexp.backbones.layers import Conv, LayerFactory, Linear, OverTime


class Resnet34(Backbone):
    """One 7x7 convolution of stride 2, average pooling, stages of 3, 4, 6 and 3 blocks; own width 64.

    Source: yfguo91/Re-Loss models/resnet.py, ResNet34.
    """

    def __init__(self, layers: LayerFactory, in_channels: int, num_classes: int, *, width: int) -> None:
        super().__init__(layers, width)
        conv = OverTime(Conv(in_channels, width, 7, stride=2, padding=3, bias=False))
        self.stem = nn.Sequential(conv, layers.norm_spike(width, role="stem"), OverTime(nn.AvgPool2d(3, 2, 1)))
        stages = [(width, 3, 1), (2 * width, 4, 2), (4 * width, 6, 2), (8 * width, 3, 2)]
        self.blocks = residual_stages(layers, width, stages, pool_shortcut=False)
        self.head = Linear(8 * width, num_classes)

    def features(self, x: Float[Tensor, "S N C H W"]) -> Float[Tensor, "T N F"]:
        return self.blocks(self.stem(x)).mean((-2, -1))
