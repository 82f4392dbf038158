"""What every format is made from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn


@dataclass(frozen=True)
class Trained:
    """A finished run: its folder, config and result, and its network with an input for it, all 0.

    `example` holds one image `[1, C, H, W]`, or the frames of one recording `[T, 1, C, H, W]`.
    """

    folder: Path
    config: dict[str, Any]
    result: dict[str, Any]
    network: nn.Module
    example: Float[Tensor, "*T N C H W"]

    @property
    def static(self) -> bool:
        """Whether a sample is one image and not T frames."""
        return self.example.dim() == 4
