"""ASA's network of five convolutions and two linear layers, all of them spiking: the PLIF paper's for gestures."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.backbones.base import Backbone
from snnexp.backbones.layers import LayerFactory, OverTime
from snnexp.errors import UserError

VOTES = 10  # output neurons a class


class Asa5layer(Backbone):
    """Pooling by 2 (not before the first), convolution without bias, norm, neuron; a last pooling; two linear layers.

    `multiples` of `width` are the convolutions' channels, `hidden` the first linear layer's, `pool` the pooling between
    convolutions; the last one takes the maximum in either case. Logits are the mean over T of the output spikes, and
    over the ten neurons that vote for a class. Source: BICLab/ASA-SNN models/Net2.py and Net3.py (architectures B and
    C).

    Raises:
        UserError: an input that is pooled to nothing.
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
        pool: Literal["max", "avg"],
    ) -> None:
        super().__init__(layers, width)
        assert layers.size is not None, "the linear layers' size follows from the input's"
        height, wide = (side >> len(multiples) for side in layers.size)
        if height * wide == 0:
            least = 1 << len(multiples)
            raise UserError(f"backbone=asa_5layer: pools by {least}; {layers.size[0]} x {layers.size[1]} is too small")
        channels = [in_channels, *(multiple * width for multiple in multiples)]
        pooling = nn.MaxPool2d if pool == "max" else nn.AvgPool2d
        body: list[nn.Module] = []
        for i, (before, after) in enumerate(pairwise(channels)):
            body += [OverTime(pooling(2))] if i else []
            body += [OverTime(nn.Conv2d(before, after, 3, padding=1, bias=False))]
            body += [layers.norm_spike(after, role="output" if i else "stem")]
        self.body = nn.Sequential(*body, OverTime(nn.MaxPool2d(2)))
        self.linear = nn.Sequential(
            layers.linear_spike(channels[-1] * height * wide, hidden), layers.linear_spike(hidden, VOTES * num_classes)
        )
        self.head = nn.AvgPool1d(VOTES)

    def features(self, x: Float[Tensor, "S N C H W"]) -> Float[Tensor, "T N V"]:
        return self.linear(self.body(x).flatten(2))
