"""What every backbone has in common: input of images or events, and readout."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.backbones.layers import LayerFactory
from snnexp.errors import require
from snnexp.randomness import derive


class Backbone(nn.Module, ABC):
    """Spiking network whose logits are the mean over T of one linear layer's output.

    Raises:
        UserError: a width below 1.
    """

    head: nn.Module

    def __init__(self, layers: LayerFactory, width: int) -> None:
        super().__init__()
        require(width >= 1, f"backbone.width={width}: must be at least 1")
        self.T = layers.T

    @abstractmethod
    def features(self, x: Float[Tensor, "S N C H W"]) -> Float[Tensor, "T N F"]:
        """Return the spikes or pooled spikes that the linear layer reads; a static image comes as one step (S = 1)."""

    def forward(self, x: Float[Tensor, "*S N C H W"], per_step: bool = False) -> Float[Tensor, "*T N K"]:
        """Compute the mean logits, or those `per_step`, of images `[N, C, H, W]` or event frames `[T, N, C, H, W]`."""
        x = x.unsqueeze(0) if x.dim() == 4 else x
        assert x.shape[0] in (1, self.T), f"{x.shape[0]} frames for T={self.T}"
        features = self.features(x)
        # The linear layer is applied to the mean: the same as the mean of its outputs, at 1/T of the work.
        return self.head(features if per_step else features.mean(0))

    def initialize(self, seed: int) -> None:
        """Draw each module's parameters on the CPU as a function of (seed, module name) alone."""
        with torch.random.fork_rng(devices=[]):
            for name, module in self.named_modules():
                reset = getattr(module, "reset_parameters", None)
                if callable(reset):
                    torch.manual_seed(derive(seed, "weights", name))
                    reset()
