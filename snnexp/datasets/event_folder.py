"""Recordings of your own, a folder a class."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from snnexp.datasets.base.by_suffix import SUFFIXES, Camera, Layout, decode
from snnexp.datasets.base.framing import by_number, by_time
from snnexp.datasets.base.order import Unordered
from snnexp.datasets.base.own import Own
from snnexp.datasets.base.packing import Clips, Frames
from snnexp.datasets.base.recorded import Recorded
from snnexp.errors import UserError, require


class EventFolder(Own, Recorded):
    """`<root>/{train,test}/<class>/<file>`: `.bin`, `.bs2`, `.aedat` (2 and 3.1), `.aedat4`, `.npy`, `.npz`, `.h5`.

    `framing`: `number` or `time` makes T frames of equal event count or duration of a recording; `clips` trains on
    random clips of T frames of `dt` ms and tests on `clips` fixed ones. `ds` x `ds` pixels make one cell of a frame.
    `camera` gives the addresses of AEDAT 2, `columns` the order of a `.npy`'s columns, `tick` the microseconds of a
    unit of t in `.npy`, `.npz` and `.h5`.

    Raises:
        UserError: a constant out of range.
    """

    def __init__(
        self,
        *,
        root: str | None = None,
        train: str = "train",
        test: str = "test",
        height: int = 128,
        width: int = 128,
        framing: Literal["number", "time", "clips"] = "number",
        dt: float = 15.0,
        ds: int = 1,
        clips: int = 10,
        camera: Camera = "dvs128",
        columns: str = "xytp",
        tick: float = 1.0,
        unordered: Unordered = "sort",
    ) -> None:
        self.lay(root, train, test)
        if sorted(columns) != sorted("xytp"):
            raise UserError(f"dataset.columns={columns}: must be the letters x, y, t and p in the order of the columns")
        for key, value in {"height": height, "width": width, "tick": tick}.items():
            require(value > 0, f"dataset.{key}={value}: must be above 0")
        self.layout = Layout((height, width), camera, columns, tick)
        self.unordered = unordered
        self.packing = packing = Clips((height, width), dt=dt, ds=ds, clips=clips)
        self.size = packing.size
        if framing != "clips":
            frame = by_number if framing == "number" else by_time
            self.packing = Frames(f"equal {framing}", lambda events, T: frame(events, T, packing.size, ds), ds=ds)

    def files(self, train: bool) -> list[Path]:
        part = self.contents[0 if train else 1]
        found = [path for name in self.classes for path in self.listed(f"{part}/{name}/*") if path.suffix in SUFFIXES]
        stems = {path.with_suffix("") for path in found}
        if len(stems) < len(found):
            twice = next(path for path, other in pairwise(found) if path.stem == other.stem)
            raise self.broken(f"{twice}: exists with another suffix, too; remove one of them")
        return found

    def others(self) -> int:
        """Return how many files in the classes' folders have a suffix that no reader is there for."""
        files = [path for part in self.contents for path in self.listed(f"{part}/*/*")]
        return sum(path.suffix not in SUFFIXES for path in files)

    def decoding(self) -> str:
        return f"{super().decoding()}, {self.layout}"

    def decode(self, path: Path) -> Iterator[tuple[np.ndarray, int]]:
        yield self.open_events(path), self.classes.index(path.parent.name)

    def open_events(self, path: Path) -> np.ndarray:
        if path.suffix not in SUFFIXES:
            raise UserError(f"{path}: not one of the formats that are read: {', '.join(SUFFIXES)}")
        return self.ordered(decode(path, self.layout))

    def details(self) -> list[str]:
        others = self.others()
        return [*super().details(), *([f"{others} files of other formats left out"] if others else [])]
