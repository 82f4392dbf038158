"""What DVS128 Gait-day and Gait-night share: rows of text, folders for labels and splits."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.events import from_columns
from snnexp.datasets.base.order import Unordered
from snnexp.datasets.base.packing import Clips
from snnexp.datasets.base.recorded import Recorded
from snnexp.errors import reason


class Gait(Recorded):
    """Walks of 20 volunteers before a DVS128 (Wang et al. 2019): `origin/{train,test}/{0..19}/*.txt`.

    The split is the folders'; a folder's name is the label, counted from 0; a file's rows are t (us), x, y, p.
    """

    num_classes = 20
    contents = ("origin/train", "origin/test")
    sensor = (128, 128)

    def __init__(
        self,
        *,
        root: str | None = None,
        dt: float = 15.0,
        ds: int = 4,
        clips: int = 10,
        unordered: Unordered = "sort",
    ) -> None:
        self.root = root
        self.unordered = unordered
        self.packing = Clips(self.sensor, dt=dt, ds=ds, clips=clips)
        self.size = self.packing.size
        self.manual = (
            "the set comes from Baidu, see https://github.com/zhangxiann/TPAMI_Gait_Identification; place it so that "
            f"{self.folders[0]}/origin/train/0/ holds the first walker's .txt files"
        )

    def files(self, train: bool) -> list[Path]:
        return self.listed(f"origin/{'train' if train else 'test'}/*/*.txt")

    def decode(self, path: Path) -> Iterator[tuple[np.ndarray, int]]:
        walker = path.parent.name
        if not (walker.isdecimal() and int(walker) < self.num_classes):
            raise BrokenData(f"{path}: its folder must be a walker, 0 to 19")
        yield self.open_events(path), int(walker)

    def open_events(self, path: Path) -> np.ndarray:
        t, x, y, p = rows(path)
        return self.ordered(from_columns(path, x, y, t, p, self.sensor, "row", first=1))


def rows(path: Path) -> np.ndarray:
    """Return the four columns of a text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an empty file, which is reported below
            table = np.loadtxt(path, np.float64, ndmin=2)
    except (OSError, ValueError) as error:
        raise BrokenData(f"{path}: {reason(error)}") from error
    if len(table) and table.shape[1] != 4:
        raise BrokenData(f"{path}: row 1: {table.shape[1]} numbers instead of t, x, y, p")
    with np.errstate(invalid="ignore"):  # of what is no number, which differs then
        columns = table.reshape(-1, 4).astype(np.int64)
    broken = np.flatnonzero((columns != table.reshape(-1, 4)).any(1))
    if len(broken):
        raise BrokenData(f"{path}: row {broken[0] + 1}: {table[broken[0]].tolist()} are no whole numbers")
    return columns.T
