"""ASA's network of three convolutions and two linear layers, all of them spiking."""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.backbones.base import Backbone
from snnexp.backbones.layers import LayerFactory, OverTime
from snnexp.errors import UserError


class Asa3layer(Backbone):
    """Dropout, convolution, norm, pooling by 2 (not the first), neuron, dropout; then linear layers without a norm.

    `multiples` of `width` are the convolutions' channels, `hidden` the first linear layer's, `dropout` the layers'
    probabilities. Before a layer each step has a mask of its own; behind a neuron, the output's too, all share one.
    Logits are the mean over T of the output spikes. Source: BICLab/ASA-SNN models/Net.py and Net4.py (architectures A
    and D).

    Raises:
        UserError: not one probability a layer, or one out of range.
    """

    def __init__(
        self,
        layers: LayerFactory,
        in_channels: int,
        num_classes: int,
        *,
        width: int,
        multiples: Sequence[int],
        hidden: int,
        dropout: Sequence[float],
    ) -> None:
        super().__init__(layers, width)
        if len(dropout) != len(multiples) + 2 or not all(0 <= p < 1 for p in dropout):
            remedy = f"give {len(multiples) + 2} probabilities in [0, 1), one a layer"
            raise UserError(f"backbone.dropout={list(dropout)}: {remedy}")
        assert layers.size is not None, "the linear layers' size follows from the input's"
        channels = [in_channels, *(multiple * width for multiple in multiples)]
        pools = len(multiples) - 1
        places = (layers.size[0] >> pools) * (layers.size[1] >> pools)
        *body, before_last, last = dropout
        convolutions = enumerate(zip(pairwise(channels), body, strict=True))
        self.body = nn.Sequential(*(conv_layer(layers, *pair, p, first=i == 0) for i, (pair, p) in convolutions))
        self.linear = nn.Sequential(
            linear_layer(layers, channels[-1] * places, hidden, before_last),
            linear_layer(layers, hidden, num_classes, last),
        )
        self.head = nn.Identity()

    def features(self, x: Float[Tensor, "S N C H W"]) -> Float[Tensor, "T N K"]:
        # An image is repeated before the first layer, whose dropout differs from step to step.
        return self.linear(self.body(x.expand(self.T, *x.shape[1:])).flatten(2))


def conv_layer(layers: LayerFactory, before: int, after: int, p: float, *, first: bool) -> nn.Sequential:
    """Return one spiking convolution between its dropouts."""
    conv = OverTime(nn.Conv2d(before, after, 3, padding=1))
    spike = layers.norm_spike(after, role="stem" if first else "output", pool=None if first else nn.AvgPool2d(2))
    return nn.Sequential(nn.Dropout(p), conv, spike, SharedDropout(p))


def linear_layer(layers: LayerFactory, before: int, after: int, p: float) -> nn.Sequential:
    """Return one spiking linear layer between its dropouts."""
    return nn.Sequential(nn.Dropout(p), layers.linear_spike(before, after), SharedDropout(p))


class SharedDropout(nn.Module):
    """Dropout with one mask for all time steps."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Float[Tensor, "T N *feat"]) -> Float[Tensor, "T N *feat"]:
        if not self.training or self.p == 0:
            return x
        return x * F.dropout(torch.ones_like(x[0]), self.p)
