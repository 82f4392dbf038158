"""MS-ResNet: residual networks whose shortcuts carry currents, past all neurons."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from snnexp.backbones.base import Backbone
from snnexp.backbones.base.residual import membrane_stages
from snnexp.backbones.layers import Conv, LayerFactory, Linear, OverTime, copies
from snnexp.errors import UserError


class MsResnet(Backbone):
    """One 7x7 convolution of stride 2 and its norm, and stages of `blocks` blocks; own width 64.

    The published norms begin with a weight of the threshold, save the last of each block; here as `norm` does.
    Source: Hu et al. 2021, arXiv 2112.08954; SpikingJelly, ms_resnet18 and ms_resnet34.

    Raises:
        UserError: a stage without a block, or no stage.
    """

    def __init__(
        self, layers: LayerFactory, in_channels: int, num_classes: int, *, width: int, blocks: Sequence[int]
    ) -> None:
        super().__init__(layers, width)
        if not blocks or min(blocks) < 1:
            raise UserError(f"backbone.blocks={list(blocks)}: give one number of blocks, 1 or more, for each stage")
        self.conv = OverTime(Conv(in_channels, width, 7, stride=2, padding=3, bias=False))
        spike = layers.neuron(width, "stem")
        self.norm = layers.norm(spike.neuron, "stem")
        self.spike = spike
        self.blocks = membrane_stages(layers, width, blocks)
        self.head = Linear(width << len(blocks) - 1, num_classes)

    def features(self, x: Float[Tensor, "S N C H W"]) -> Float[Tensor, "T N F"]:
        current = self.norm(self.conv(x), copies(x, self.T))
        spikes = self.spike(current)
        for block in self.blocks:
            current, spikes = block(current, spikes)
        return spikes.mean((-2, -1))
