"""What every format is made from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.config.compose import compose_stored
from snnexp.runs import checkpoint, finished
from snnexp.training.assembly import make_network, make_regularizers, part


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


def load(folder: Path, allow_modules: tuple[str, ...] = ()) -> Trained:
    """Load a finished run's network with its trained weights, on the CPU and in evaluation; no data are needed.

    Raises:
        UserError: no finished run there, or files that are not its own.
    """
    run = finished.read(folder)
    composed = compose_stored(run.config, ["device=cpu"], allow_modules)
    dataset = part(composed, "dataset")
    network = make_network(composed, dataset, make_regularizers(composed)).eval()
    checkpoint.load_weights(run.file(checkpoint.WEIGHTS), network)
    steps = [] if dataset.static else [run.config["T"]]
    return Trained(folder, run.config, run.result, network, torch.zeros(*steps, 1, dataset.in_channels, *dataset.size))
