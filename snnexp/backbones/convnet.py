"""Small convolutional network for digits and small event frames."""

from math import ceil

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.backbones.base import Backbone
from snnexp.backbones.layers import Conv, LayerFactory, Linear, OverTime


class Convnet(Backbone):
    """Three 3x3 convolutions of width, 2 width and 4 width; ours.

    The input's longer side is pooled to 8 or less behind the second, and halved behind the third.
    """

    def __init__(self, layers: LayerFactory, in_channels: int, num_classes: int, *, width: int) -> None:
        super().__init__(layers, width)
        assert layers.size is not None
        # Plain pooling with a window that follows from the size: adaptive pooling has no deterministic form on CUDA.
        window = ceil(max(layers.size) / 8)
        first, second = (
            nn.AvgPool2d(n, ceil_mode=True, count_include_pad=False) if n > 1 else None for n in (window, 2)
        )
        self.stem = OverTime(Conv(in_channels, width, 3, padding=1, bias=False))
        self.spike1 = layers.norm_spike(width, role="stem")
        self.conv2 = OverTime(Conv(width, 2 * width, 3, padding=1, bias=False))
        self.spike2 = layers.norm_spike(2 * width, role="output", pool=first)
        self.conv3 = OverTime(Conv(2 * width, 4 * width, 3, padding=1, bias=False))
        self.spike3 = layers.norm_spike(4 * width, role="output", pool=second)
        height, breadth = (ceil(ceil(side / window) / 2) for side in layers.size)
        self.head = Linear(4 * width * height * breadth, num_classes)

    def features(self, x: Float[Tensor, "S N C H W"]) -> Float[Tensor, "T N F"]:
        return self.spike3(self.conv3(self.spike2(self.conv2(self.spike1(self.stem(x)))))).flatten(2)
