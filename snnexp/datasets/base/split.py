"""What a data set hands to a loader: samples that lie whole in memory, recordings to cut clips from, or files."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int32, Int64, Shaped
from torch import Tensor


@dataclass(frozen=True)
class Split:
    """Samples with their labels: images [N, C, H, W] or event frames [N, T, 2, H, W]."""

    x: Shaped[Tensor, "N *feat"]
    y: Int64[Tensor, " N"]

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Recordings:
    """Recordings of which clips of T frames of `dt` us are cut: one at random each, or `clips` fixed ones.

    `events` holds (t in us from the recording's first event, (p H + y) W + x) of all recordings on a `sensor` (H, W),
    recording i's from row offsets[i] to offsets[i + 1]; `ds` pixels each way make one cell of a frame of `size`.
    """

    events: Int32[np.ndarray, "E 2"]
    offsets: Int64[np.ndarray, " N_and_1"]
    y: Int64[Tensor, " N"]
    sensor: tuple[int, int]
    size: tuple[int, int]
    T: int
    dt: int
    ds: int
    clips: int | None

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Files:
    """Samples that worker processes read when they are requested: `read(index, generator)` gives one of `size`."""

    read: Callable[[int, torch.Generator], Shaped[Tensor, "*feat"]]
    y: Int64[Tensor, " N"]
    size: tuple[int, int]
    workers: int

    def __len__(self) -> int:
        return len(self.y)


Samples = Split | Recordings | Files
