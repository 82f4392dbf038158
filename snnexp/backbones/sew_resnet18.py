"""SEW-ResNet-18 as ASA's authors run it on HAR-DVS: blocks add spikes to spikes."""

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.backbones.base import Backbone
from snnexp.backbones.layers import Conv2d, Layers, OverTime, Segment


class SewResnet18(Backbone):
    """One 7x7 convolution of stride 2, average pooling, four stages of two blocks, one linear layer; own width 64.

    As published it has `norm.running=false`: norms use the batch's statistics in evaluation too, so that an output
    depends on its batch. Source: BICLab/Spike-based-Dynamic-Computing HAR-DVS/sew_resnet.py.
    """

    def __init__(self, layers: Layers, in_channels: int, num_classes: int, *, width: int) -> None:
        super().__init__(layers, width)
        conv = OverTime(nn.Conv2d(in_channels, width, 7, stride=2, padding=3))
        self.stem = nn.Sequential(conv, layers.norm_spike(width, role="stem"), OverTime(nn.AvgPool2d(3, 2, 1)))
        blocks, channels = [], width
        for stage in range(4):
            after = width << stage
            blocks += [SewBlock(layers, channels, after, 2 if stage else 1), SewBlock(layers, after, after, 1)]
            channels = after
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(channels, num_classes)

    def features(self, x: Float[Tensor, "S N C H W"]) -> Float[Tensor, "T N F"]:
        return self.blocks(self.stem(x)).mean((-2, -1))


class SewBlock(Segment):
    """out = IF(BN(conv3x3(IF(BN(conv3x3(x)))))) + shortcut(x), a count of spikes.

    Where the shape changes, the shortcut is IF(BN(conv1x1(x))) of the block's stride.
    """

    def __init__(self, layers: Layers, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = OverTime(nn.Conv2d(before, after, 3, stride, padding=1, bias=False))
        self.spike1 = layers.norm_spike(after, role="inner")
        self.conv2 = OverTime(nn.Conv2d(after, after, 3, padding=1, bias=False))
        self.spike2 = layers.norm_spike(after, role="output")
        self.shortcut = nn.Identity()
        if before != after or stride != 1:
            conv = OverTime(Conv2d(before, after, 1, stride, bias=False))
            self.shortcut = nn.Sequential(conv, layers.norm_spike(after, role="output"))

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N c h w"]:
        return self.spike2(self.conv2(self.spike1(self.conv1(x)))) + self.shortcut(x)
