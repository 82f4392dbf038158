"""What all sets of images, and all sets of events, have in common."""

from collections.abc import Sequence
from pathlib import Path

import torch
from jaxtyping import Float, Shaped, UInt8
from torch import Tensor

from snnexp.datasets.base.dataset import Dataset
from snnexp.datasets.base.pictures import sized
from snnexp.datasets.base.split import Split
from snnexp.errors import UserError, require


class Images(Dataset):
    """Static images, normalised by channel: (x / 255 - mean) / std.

    Raises:
        UserError: not one mean and one positive std a channel.
    """

    static = True
    items = "images"

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        for key, value in {"mean": mean, "std": std}.items():
            if len(value) != self.in_channels:
                raise UserError(f"dataset.{key}={list(value)}: give one number for each channel, {self.in_channels}")
        require(min(std) > 0, f"dataset.std={list(std)}: must be above 0")
        self.mean = torch.tensor(mean).view(-1, 1, 1)
        self.std = torch.tensor(std).view(-1, 1, 1)

    def open_file(self, path: Path, T: int) -> Split:
        found = sized(path, self.in_channels, self.size, self.name)
        return Split(found[None], torch.zeros(1, dtype=torch.int64))

    def normalize(self, x: UInt8[Tensor, "N C H W"]) -> Float[Tensor, "N C H W"]:
        # moved once: a copy from pageable memory in each step would wait for the device
        self.mean, self.std = self.mean.to(x.device), self.std.to(x.device)
        return (x / 255 - self.mean) / self.std


class Events(Dataset):
    """Recordings of an event camera as T frames of event counts: channel 0 OFF, channel 1 ON."""

    static = False
    in_channels = 2
    items = "recordings"
    fewest: tuple[int, Path] | None = None  # events of the shortest recording, known when all were read

    def details(self) -> list[str]:
        if self.fewest is None:
            return super().details()
        events, path = self.fewest
        return [*super().details(), f"fewest events {events} in {path}"]

    def normalize(self, x: Shaped[Tensor, "N T 2 H W"]) -> Float[Tensor, "T N 2 H W"]:
        return x.transpose(0, 1).float().contiguous()
