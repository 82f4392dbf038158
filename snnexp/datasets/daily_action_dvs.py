"""DailyAction-DVS: 12 everyday actions before an event camera."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from snnexp.datasets.base import BrokenData, Samples
from snnexp.datasets.base.aedat2 import aedat2_davis, aedat2_dvs128
from snnexp.datasets.base.order import Unordered
from snnexp.datasets.base.packing import Clips
from snnexp.datasets.base.recorded import Recorded
from snnexp.errors import UserError
from snnexp.files.digests import of_json

CLASSES = ("climb", "stand", "jump", "fall", "sit", "get up", "walk", "run", "lift", "lie", "bend", "pick")
DECODERS = {"davis": aedat2_davis, "dvs128": aedat2_dvs128}


class DailyActionDvs(Recorded):
    """Actions of 15 subjects (Liu et al. 2021): `<class>/*.aedat`, AEDAT 2.0.

    No list of the split is public: the first `train_per_class` files of each class in natural order train, the rest
    test; the split is written beside the cache, and its hash stands in results. `layout` is that of the addresses;
    `auto` takes the one by which the first file's events fall on more pixels, a DAVIS's where both give as many. A
    DAVIS's events off 128 x 128 pixels are left out, as in BICLab/ASA-SNN, and counted.
    `pad` is the frames' size (H, W) where it is larger than 128 / ds: published are 130 x 173, mostly empty.

    Raises:
        UserError: a constant out of range.
    """

    num_classes = 12
    called = CLASSES
    folders = ("DailyAction-DVS",)
    contents = CLASSES
    manual = (
        "no public address is known (ask the authors of Liu et al., IJCAI 2021); place the recordings so that "
        "DailyAction-DVS/climb/ to DailyAction-DVS/pick/ hold the .aedat files of the 12 classes"
    )

    def __init__(
        self,
        *,
        root: str | None = None,
        dt: float = 120.0,
        ds: int = 2,
        clips: int = 10,
        train_per_class: int = 96,
        layout: Literal["auto", "davis", "dvs128"] = "auto",
        pad: Sequence[int] | None = None,
        unordered: Unordered = "sort",
    ) -> None:
        self.root = root
        self.unordered = unordered
        if pad is not None and len(pad) != 2:
            raise UserError(f"dataset.pad={list(pad)}: must be a height and a width")
        least = (0, 0) if pad is None else (pad[0], pad[1])
        self.packing = Clips((128, 128), dt=dt, ds=ds, clips=clips, least=least)
        self.size = self.packing.size
        self.train_per_class = train_per_class
        self.layout: str = layout

    def files(self, train: bool) -> list[Path]:
        self.settle()
        chosen = []
        for name in CLASSES:
            found = self.listed(f"{name}/*.aedat")
            chosen += found[: self.train_per_class] if train else found[self.train_per_class :]
        return chosen

    def settle(self) -> None:
        """Choose the layout of the addresses by the first file."""
        first = next((path for name in CLASSES for path in self.listed(f"{name}/*.aedat")), None)
        if self.layout == "auto" and first is not None:
            self.layout = likelier(first)

    def decoding(self) -> str:
        self.settle()
        return f"{super().decoding()}, {self.layout}"

    def decode(self, path: Path) -> Iterator[tuple[np.ndarray, int]]:
        yield self.open_events(path), CLASSES.index(path.parent.name)

    def open_events(self, path: Path) -> np.ndarray:
        if self.layout == "auto":  # no file of the set was read: the first one from elsewhere decides
            self.layout = likelier(path)
        return self.ordered(DECODERS[self.layout](path))

    def read(self, T: int) -> tuple[Samples, Samples]:
        splits = super().read(T)
        kept = self.cache() / f"split-{of_json(self.names())[:12]}.json"
        kept.write_text(json.dumps(self.names(), indent=1))
        return splits

    def names(self) -> dict[str, list[str]]:
        """Return the names of the files that train and that test."""
        folder = self.folder()
        parts = {"train": True, "test": False}.items()
        return {part: [path.relative_to(folder).as_posix() for path in self.files(train)] for part, train in parts}

    def details(self) -> list[str]:
        return [f"split {of_json(self.names())[:12]}", f"{self.layout} addresses", *super().details()]


def likelier(path: Path) -> str:
    """Choose the layout of addresses by which a file's events fall on more pixels."""
    return max(DECODERS, key=lambda layout: pixels(path, layout))


def pixels(path: Path, layout: str) -> int:
    """Return how many pixels a file has events of, by a layout of the addresses; 0 where it cannot be read so."""
    try:
        events = DECODERS[layout](path).events
    except BrokenData:
        return 0
    return len(np.unique(events["y"].astype(np.int64) * 128 + events["x"]))
