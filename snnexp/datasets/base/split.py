"""What a data set hands to a loader: samples that lie whole in memory, recordings to cut clips from, or files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

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

    def take(self, rows: Int64[Tensor, " n"]) -> "Split":
        """Select samples by their numbers."""
        return Split(self.x[rows], self.y[rows])

    def tested(self) -> "Split":
        """Return the samples as a test has them."""
        return self


@dataclass(frozen=True)
class Recordings:
    """Recordings of which clips of T frames of `dt` us are cut: `clips` fixed ones each, or one if `is_random`.

    `events` holds (t in us from the recording's first event, (p H + y) W + x) of all recordings on a `sensor` (H, W),
    recording i's from row bounds[i, 0] to bounds[i, 1]; `ds` pixels each way make one cell of a frame of `size`.
    """

    events: Int32[np.ndarray, "E 2"]
    bounds: Int64[np.ndarray, "N 2"]
    y: Int64[Tensor, " N"]
    sensor: tuple[int, int]
    size: tuple[int, int]
    T: int
    dt: int
    ds: int
    clips: int
    is_random: bool

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: Int64[Tensor, " n"]) -> "Recordings":
        """Select recordings by their numbers."""
        return replace(self, bounds=self.bounds[rows.numpy()], y=self.y[rows])

    def tested(self) -> "Recordings":
        """Return the recordings as a test has them: by their fixed clips."""
        return replace(self, is_random=False)


Read = Callable[[int, torch.Generator], Shaped[Tensor, "*feat"]]


@dataclass(frozen=True)
class Files:
    """Samples that worker processes read when they are requested: `read(index, generator)` gives one of `size`.

    `read_tested` reads a sample as a test has it, where `read` draws something of it.
    """

    read: Read
    y: Int64[Tensor, " N"]
    size: tuple[int, int]
    workers: int
    read_tested: Read | None = None

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: Int64[Tensor, " n"]) -> "Files":
        """Select samples by their numbers."""
        some = partial(read_row, rows=rows.tolist())
        tested = self.read_tested and partial(some, self.read_tested)
        return Files(partial(some, self.read), self.y[rows], self.size, self.workers, tested)

    def tested(self) -> "Files":
        """Return the samples as a test has them."""
        return replace(self, read=self.read_tested or self.read)


def read_row(read: Read, index: int, generator: torch.Generator, rows: Sequence[int]) -> Shaped[Tensor, "*feat"]:
    """Return one of some rows."""
    return read(rows[index], generator)


Samples = Split | Recordings | Files
