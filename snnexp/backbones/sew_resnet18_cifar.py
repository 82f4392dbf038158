"""SEW-ResNet-18 for small images: a stem that keeps their size."""

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.backbones.base import Backbone
from snnexp.backbones.base.residual import sew_stages
from snnexp.backbones.layers import LayerFactory, OverTime


class SewResnet18Cifar(Backbone):
    """One 3x3 convolution of stride 1, four stages of two blocks that add spikes to spikes; own width 64.

    The paper has no network for CIFAR; this is the form in which later ones train it there: He et al.'s for small
    images with SEW blocks. Source of the block: Fang et al. 2021, SEW-ResNet; SpikingJelly, sew_resnet18, cnf ADD.
    """

    def __init__(self, layers: LayerFactory, in_channels: int, num_classes: int, *, width: int) -> None:
        super().__init__(layers, width)
        conv = OverTime(nn.Conv2d(in_channels, width, 3, padding=1, bias=False))
        self.stem = nn.Sequential(conv, layers.norm_spike(width, role="stem"))
        self.blocks = sew_stages(layers, width)
        self.head = nn.Linear(8 * width, num_classes)

    def features(self, x: Float[Tensor, "S N C H W"]) -> Float[Tensor, "T N F"]:
        return self.blocks(self.stem(x)).mean((-2, -1))
