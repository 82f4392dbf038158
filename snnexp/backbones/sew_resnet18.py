"""SEW-ResNet-18 as ASA's authors run it on HAR-DVS: blocks add spikes to spikes."""

from torch import nn

from snnexp.backbones.base.residual import ResidualNetwork, sew_stages
from snnexp.backbones.layers import LayerFactory, OverTime


class SewResnet18(ResidualNetwork):
    """One 7x7 convolution of stride 2, average pooling, four stages of two blocks, one linear layer; own width 64.

    As published it has `norm.running=false`: norms use the batch's statistics in evaluation too, so that an output
    depends on its batch. Source: BICLab/Spike-based-Dynamic-Computing HAR-DVS/sew_resnet.py.
    """

    def __init__(self, layers: LayerFactory, in_channels: int, num_classes: int, *, width: int) -> None:
        super().__init__(layers, width)
        conv = OverTime(nn.Conv2d(in_channels, width, 7, stride=2, padding=3))
        self.stem = nn.Sequential(conv, layers.norm_spike(width, role="stem"), OverTime(nn.AvgPool2d(3, 2, 1)))
        self.blocks = sew_stages(layers, width)
        self.head = nn.Linear(8 * width, num_classes)
