"""N-MNIST: handwritten digits recorded by an event camera that moves in three saccades."""

from pathlib import Path

import numpy as np
import torch

from snnexp.datasets.base import Archive, Events, Split, Stored
from snnexp.errors import UserError

URL = "https://data.mendeley.com/public-files/datasets/468j46mzdv/files"


class Nmnist(Stored, Events):
    """Recordings of about 306 ms on 34 x 34 pixels (Orchard et al. 2015), read by tonic, framed here.

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

    def __init__(self, *, root: str | None = None) -> None:
        self.root = root

    def read(self, T: int) -> tuple[Split, Split]:
        folder = self.folder()
        return self.split(folder / "Train", T), self.split(folder / "Test", T)

    def split(self, folder: Path, T: int) -> Split:
        """All recordings below a folder, T frames each.

        Raises:
            UserError: a folder that is no digit; BrokenData: no recordings, or a damaged file.
        """
        paths = sorted(folder.glob("*/*.bin"), key=lambda path: (path.parent.name, len(path.name), path.name))
        if not paths:
            raise self.broken(f"no recordings in {folder}/<digit>/")
        labels = [self.label(path) for path in paths]
        x = np.empty((len(paths), T, 2, *self.size), dtype=np.uint8)
        for index, path in enumerate(paths):
            x[index] = frames(self.events(path), T, self.size)
        return Split(torch.from_numpy(x), torch.tensor(labels, dtype=torch.int64))

    def label(self, path: Path) -> int:
        """The digit a recording's folder is named after."""
        if path.parent.name not in set("0123456789"):
            raise UserError(f"dataset nmnist: {path}: its folder must be a digit 0 to 9; move it there or remove it")
        return int(path.parent.name)

    def events(self, path: Path) -> np.ndarray:
        """The events (x, y, t in us, p) of one recording.

        Raises:
            BrokenData: the file is empty, cut short, or holds events off the sensor.
        """
        try:
            from tonic.io import events_struct, read_mnist_file
        except ImportError as error:
            raise UserError("dataset nmnist: tonic is not installed; run `pip install 'snnexp[dvs]'`") from error
        if path.stat().st_size % 5:
            raise self.broken(f"{path}: {path.stat().st_size} bytes are no whole number of 5-byte events")
        events = read_mnist_file(str(path), dtype=events_struct)
        if len(events) == 0:
            raise self.broken(f"{path}: no events")
        height, width = self.size
        if events["x"].max() >= width or events["y"].max() >= height:
            raise self.broken(f"{path}: events off the {width} x {height} sensor")
        return events


def frames(events: np.ndarray, T: int, size: tuple[int, int]) -> np.ndarray:
    """Counts uint8 [T, 2, H, W] in T bins of equal duration from the first event to the last, clipped at 255."""
    height, width = size
    t = events["t"] - events["t"].min()
    bins = t * T // (t.max() + 1)
    cells = ((bins * 2 + events["p"]) * height + events["y"]) * width + events["x"]
    counts = np.bincount(cells, minlength=T * 2 * height * width)
    return counts.clip(max=255).astype(np.uint8).reshape(T, 2, height, width)
