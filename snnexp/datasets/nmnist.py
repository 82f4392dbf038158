"""N-MNIST: handwritten digits recorded by an event camera that moves in three saccades."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from snnexp.datasets.base import Archive
from snnexp.datasets.base.forty_bit import forty_bit
from snnexp.datasets.base.framing import by_time
from snnexp.datasets.base.order import Unordered
from snnexp.datasets.base.packing import Frames
from snnexp.datasets.base.recorded import Recorded
from snnexp.errors import UserError

URL = "https://data.mendeley.com/public-files/datasets/468j46mzdv/files"


class Nmnist(Recorded):
    """Recordings of about 306 ms on 34 x 34 pixels (Orchard et al. 2015), in T frames of equal duration.

    Whatever recordings are there are taken, in natural order, so a part of the set will do.
    """

    num_classes = 10
    size = (34, 34)
    folders = ("N-MNIST", "NMNIST")
    contents = ("Train", "Test")
    archives = (
        Archive(
            name="nmnist-train.zip",
            url=f"{URL}/39c25547-014b-4137-a934-9d29fa53c7a0/file_downloaded",
            md5="20959b8e626244a1b502305a9e6e2031",
            unpacked=1_230_000_000,
            into="N-MNIST",
        ),
        Archive(
            name="nmnist-test.zip",
            url=f"{URL}/05a4d654-7e03-4c15-bdfa-9bb2bcbea494/file_downloaded",
            md5="69ca8762b2fe404d9b9bad1103e97832",
            unpacked=210_000_000,
            into="N-MNIST",
        ),
    )

    def __init__(self, *, root: str | None = None, unordered: Unordered = "sort") -> None:
        self.root = root
        self.unordered = unordered
        self.packing = Frames("equal duration", lambda events, T: by_time(events, T, self.size))

    def files(self, train: bool) -> list[Path]:
        return self.listed(f"{'Train' if train else 'Test'}/*/*.bin")

    def decode(self, path: Path) -> Iterator[tuple[np.ndarray, int]]:
        digit = path.parent.name
        if digit not in set("0123456789"):
            raise UserError(f"dataset nmnist: {path}: its folder must be a digit 0 to 9; move it there or remove it")
        yield self.open_events(path), int(digit)

    def open_events(self, path: Path) -> np.ndarray:
        return self.ordered(forty_bit(path, self.size))
