"""Small convolutional network for digits and small event frames."""

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.backbones.base import Backbone, NormName
from snnexp.backbones.layers import Conv, Layers, Linear, OverTime


class Convnet(Backbone):
    """Three 3x3 convolutions of width, 2 width and 4 width, pooled to 4x4 and to 2x2; ours.

    `norm` tdbn scales the norms behind the stem by the neurons' threshold.
    """

    def __init__(self, layers: Layers, in_channels: int, num_classes: int, *, width: int, norm: NormName) -> None:
        super().__init__(layers, width)
        scale = layers.v_threshold if norm == "tdbn" else 1.0
        self.stem = OverTime(Conv(in_channels, width, 3, padding=1, bias=False))
        self.spike1 = layers.norm_spike(width, role="stem")
        self.conv2 = OverTime(Conv(width, 2 * width, 3, padding=1, bias=False))
        self.spike2 = layers.norm_spike(2 * width, role="output", pool=nn.AdaptiveAvgPool2d(8), scale=scale)
        self.conv3 = OverTime(Conv(2 * width, 4 * width, 3, padding=1, bias=False))
        self.spike3 = layers.norm_spike(4 * width, role="output", pool=nn.AdaptiveAvgPool2d(4), scale=scale)
        self.head = Linear(4 * width * 16, num_classes)

    def features(self, x: Float[Tensor, "S N C H W"]) -> Float[Tensor, "T N F"]:
        return self.spike3(self.conv3(self.spike2(self.conv2(self.spike1(self.stem(x)))))).flatten(2)
