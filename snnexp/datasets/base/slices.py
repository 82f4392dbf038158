"""What CIFAR10-DVS and N-Caltech101 share: slices of equal event count, each by its maximum, and numbered files."""

import re
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.framing import by_number_max, nearest
from snnexp.datasets.base.order import Unordered
from snnexp.datasets.base.packing import Frames
from snnexp.datasets.base.recorded import Recorded
from snnexp.errors import require


class Slices(Recorded):
    """T slices of equal event count, each over its largest count, resized to `size` x `size` pixels, to the nearest.

    Raises:
        UserError: a size out of range.
    """

    sensor: tuple[int, int]

    def __init__(self, *, root: str | None = None, size: int = 48, unordered: Unordered = "sort") -> None:
        require(1 <= size <= self.sensor[0], f"dataset.size={size}: must lie in 1 to {self.sensor[0]}")
        self.root = root
        self.unordered = unordered
        self.size = (size, size)
        self.packing = Frames("equal number, each by its maximum, nearest", self.frames, size=size)

    def frames(self, events: np.ndarray, T: int) -> Float32[np.ndarray, "T 2 H W"]:
        """Make the frames of a recording."""
        return nearest(by_number_max(events, T, self.sensor), self.size)


def number(path: Path) -> int:
    """Return a recording's number in its class, at the end of its name."""
    match = re.search(r"_(\d+)$", path.stem)
    if match is None:
        raise BrokenData(f"{path}: its name must end in _<number>")
    return int(match[1])
