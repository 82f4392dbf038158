"""SEW-ResNet-18 for small images: a stem that keeps their size."""

from torch import nn

from snnexp.backbones.base.residual import ResidualNetwork, sew_stages
from snnexp.backbones.layers import LayerFactory, OverTime


class SewResnet18Cifar(ResidualNetwork):
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
