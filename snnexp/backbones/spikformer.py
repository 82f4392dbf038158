"""Spikformer, a transformer of spikes."""

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.backbones.base import Backbone
from snnexp.backbones.base.attention import Encoder, SelfAttention, check_heads
from snnexp.backbones.layers import LayerFactory, Linear, OverTime


class Spikformer(Backbone):
    """Patches of 4 x 4 by four convolutions, the last two pooled, a convolution for the place, `depth` encoders.

    The convolutions have an eighth, a quarter, half and all of `width` channels. Pooling stands before the neuron, as
    in SpikingJelly. Layers are drawn as torch draws them, the last one from N(0, 0.02^2). Source: Zhou et al. 2023,
    Spikformer-4-384 for CIFAR; SpikingJelly, spikformer_cifar10, which has no biases.

    Raises:
        UserError: heads that do not divide the width, or no encoder.
    """

    def __init__(
        self, layers: LayerFactory, in_channels: int, num_classes: int, *, width: int, depth: int, heads: int
    ) -> None:
        super().__init__(layers, width)
        check_heads(width, heads)
        stem: list[nn.Module] = []
        for part in (8, 4, 2, 1):
            after = max(1, width // part)
            pool = nn.MaxPool2d(3, 2, 1) if part <= 2 else None
            stem.append(OverTime(nn.Conv2d(in_channels, after, 3, padding=1, bias=False)))
            stem.append(layers.norm_spike(after, role="stem", pool=pool))
            in_channels = after
        self.stem = nn.Sequential(*stem)
        place = OverTime(nn.Conv2d(width, width, 3, padding=1, bias=False))
        self.place = nn.Sequential(place, layers.norm_spike(width, role="stem"))
        made = [Encoder(layers, width, SelfAttention(layers, width, heads, bias=True)) for _ in range(depth)]
        self.encoders = nn.Sequential(*made)
        self.head = Linear(width, num_classes, std=0.02)

    def features(self, x: Float[Tensor, "S N C H W"]) -> Float[Tensor, "T N F"]:
        x = self.stem(x)
        return self.encoders(x + self.place(x)).mean((-2, -1))
