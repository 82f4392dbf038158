"""QKFormer, a hierarchical transformer of spikes."""

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.backbones.base import Backbone
from snnexp.backbones.base.attention import Encoder, SelfAttention, TokenAttention, check_heads
from snnexp.backbones.layers import Conv2d, LayerFactory, Linear, OverTime, Segment
from snnexp.errors import UserError


class Qkformer(Backbone):
    """Three stages of a quarter, half and all of `width`: two of token attention, then one of self-attention.

    `depths` counts the encoders of each stage. Behind the first, each halves the map. Layers are drawn as torch draws
    them, the last one from N(0, 0.02^2). Source: Zhou et al. 2024; zhouchenlin2096/QKFormer cifar10/model.py: 6.74 M
    parameters for 100 classes.

    Raises:
        UserError: depths that are not three, or heads that do not divide the channels of each stage.
    """

    def __init__(
        self, layers: LayerFactory, in_channels: int, num_classes: int, *, width: int, depths: list[int], heads: int
    ) -> None:
        super().__init__(layers, width)
        if len(depths) != 3 or min(depths) < 0:
            raise UserError(f"backbone.depths={list(depths)}: give three numbers of encoders, one for each stage")
        widths = [max(1, width // part) for part in (8, 4, 2, 1)]
        conv = OverTime(nn.Conv2d(in_channels, widths[0], 3, padding=1, bias=False))
        self.stem = nn.Sequential(conv, layers.norm_spike(widths[0], role="stem"))
        stages: list[nn.Module] = []
        for stage, (depth, before, after) in enumerate(zip(depths, widths[:-1], widths[1:], strict=True)):
            check_heads(after, heads)
            stages.append(Embedding(layers, before, after, halves=stage > 0))
            for _ in range(depth):
                last = stage == len(depths) - 1
                kind = SelfAttention(layers, after, heads, bias=False) if last else TokenAttention(layers, after, heads)
                stages.append(Encoder(layers, after, kind))
        self.stages = nn.Sequential(*stages)
        self.head = Linear(width, num_classes, std=0.02)

    def features(self, x: Float[Tensor, "S N C H W"]) -> Float[Tensor, "T N F"]:
        return self.stages(self.stem(x)).mean((-2, -1))


class Embedding(Segment):
    """The sum of the spikes of a 3x3 convolution and of a 1x1 one; of two 3x3 and strides of 2 where it `halves`.

    The longer path is halved by pooling before its last neuron, the other one by the stride.
    """

    def __init__(self, layers: LayerFactory, before: int, after: int, *, halves: bool) -> None:
        super().__init__()
        path: list[nn.Module] = []
        if halves:
            path = [
                OverTime(nn.Conv2d(before, after, 3, padding=1, bias=False)),
                layers.norm_spike(after, role="inner"),
            ]
        conv = nn.Conv2d(after if halves else before, after, 3, padding=1, bias=False)
        pool = nn.MaxPool2d(3, 2, 1) if halves else None
        self.path = nn.Sequential(*path, OverTime(conv), layers.norm_spike(after, role="output", pool=pool))
        shortcut = OverTime(Conv2d(before, after, 1, 2 if halves else 1, bias=False))
        self.shortcut = nn.Sequential(shortcut, layers.norm_spike(after, role="output"))

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N c h w"]:
        return self.path(x) + self.shortcut(x)
