"""Parts of spiking transformers: attention without a softmax, and what stands beside it in a block."""

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.backbones.layers import LayerFactory, OverTime, Segment
from snnexp.errors import UserError
from snnexp.ops.product import Product

SCALE = 0.125  # of attention's current, whatever the width of a head is


class SelfAttention(Segment):
    """Spiking self-attention: LIF(BN(project(LIF((v k^T q) / 8)))), q, k and v = LIF(BN(conv1x1(x))), head by head.

    All factors are spikes, so there is nothing to be normalized by a softmax. The neurons of the middle have the role
    attention. `bias`: whether the convolution of q, k and v has one, which its norm takes out again in training.
    Source: Zhou et al. 2023, Spikformer; SpikingJelly, SpikingSelfAttention.
    """

    def __init__(self, layers: LayerFactory, width: int, heads: int, *, bias: bool) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = OverTime(nn.Conv2d(width, 3 * width, 1, bias=bias))
        self.spike1 = layers.norm_spike(3 * width, role="inner")
        self.weigh, self.read = Product(), Product()
        self.attend = layers.neuron(width, "attention")
        self.project = OverTime(nn.Conv2d(width, width, 1))
        self.spike2 = layers.norm_spike(width, role="output")

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C H W"]:
        split = self.spike1(self.qkv(x)).flatten(3).unflatten(2, (3, self.heads, -1))
        q, k, v = split.unbind(2)  # [T, N, heads, C / heads, H W]
        current = SCALE * self.read(self.weigh(v, k.transpose(-2, -1)), q)
        return self.spike2(self.project(self.attend(current.reshape(x.shape))))


class TokenAttention(Segment):
    """Q-K token attention: LIF(BN(project(k LIF(sum of q over a head's channels)))), q and k = LIF(BN(conv1x1(x))).

    A token's mask is a spike, so it costs no product. Its neurons have the role attention. Source: Zhou et al. 2024,
    QKFormer; SpikingJelly, QKAttention.
    """

    def __init__(self, layers: LayerFactory, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qk = OverTime(nn.Conv2d(width, 2 * width, 1, bias=False))
        self.spike1 = layers.norm_spike(2 * width, role="inner")
        self.attend = layers.neuron(heads, "attention")
        self.project = OverTime(nn.Conv2d(width, width, 1))
        self.spike2 = layers.norm_spike(width, role="output")

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C H W"]:
        q, k = self.spike1(self.qk(x)).unflatten(2, (2, self.heads, -1)).unbind(2)  # [T, N, heads, C / heads, H, W]
        mask = self.attend(q.sum(3))
        return self.spike2(self.project((mask.unsqueeze(3) * k).flatten(2, 3)))


class Mlp(Segment):
    """LIF(BN(conv1x1(LIF(BN(conv1x1(x)))))) with four times the channels in between."""

    def __init__(self, layers: LayerFactory, width: int) -> None:
        super().__init__()
        self.conv1 = OverTime(nn.Conv2d(width, 4 * width, 1))
        self.spike1 = layers.norm_spike(4 * width, role="inner")
        self.conv2 = OverTime(nn.Conv2d(4 * width, width, 1))
        self.spike2 = layers.norm_spike(width, role="output")

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C H W"]:
        return self.spike2(self.conv2(self.spike1(self.conv1(x))))


class Encoder(nn.Module):
    """x + attention(x), then x + mlp(x): counts of spikes."""

    def __init__(self, layers: LayerFactory, width: int, attention: nn.Module) -> None:
        super().__init__()
        self.attention = attention
        self.mlp = Mlp(layers, width)

    def forward(self, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C H W"]:
        x = x + self.attention(x)
        return x + self.mlp(x)


def check_heads(width: int, heads: int) -> None:
    """Refuse heads of unequal width.

    Raises:
        UserError: naming the number of heads and the channels that they share.
    """
    if heads < 1 or width % heads:
        raise UserError(f"backbone.heads={heads}: must divide the {width} channels of attention")
