"""The RMP family's VGG-16 with average pooling, 14.73 M parameters."""

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.backbones.base import Backbone
from snnexp.backbones.layers import Conv, LayerFactory, Linear, OverTime
from snnexp.errors import UserError
from snnexp.neurons.base import Role

STAGES = [(1, 2), (2, 2), (4, 3), (8, 3), (8, 3)]  # multiple of the width, convolutions; pooling after each


class Vgg16(Backbone):
    """Thirteen convolutions with bias; own width 64. Without residual blocks every norm stands as in a stem.

    Source: yfguo91/Re-Loss models/vggcifar.py, vgg16_bn.

    Raises:
        UserError: an input of which the pooling leaves nothing.
    """

    def __init__(self, layers: LayerFactory, in_channels: int, num_classes: int, *, width: int) -> None:
        super().__init__(layers, width)
        least = 2 ** len(STAGES)
        if layers.size is not None and min(layers.size) < least:
            size = " x ".join(map(str, layers.size))
            raise UserError(f"backbone=vgg16: pools by {least}; {size} is too small, choose another backbone")
        body: list[nn.Module] = []
        channels = in_channels
        for multiple, convolutions in STAGES:
            for _ in range(convolutions):
                body.append(OverTime(Conv(channels, multiple * width, 3, padding=1)))
                role: Role = "output" if len(body) > 1 else "stem"
                body.append(layers.norm_spike(multiple * width, role=role, place="stem"))
                channels = multiple * width
            body.append(OverTime(nn.AvgPool2d(2)))
        self.body = nn.Sequential(*body)
        self.head = Linear(channels, num_classes, std=0.01)

    def features(self, x: Float[Tensor, "S N C H W"]) -> Float[Tensor, "T N F"]:
        return self.body(x).mean((-2, -1))
