"""DVS128 Gesture: 11 hand gestures before an event camera, from the official recordings or from tonic's cut."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from snnexp.datasets.base import Archive, BrokenData
from snnexp.datasets.base.aedat31 import aedat31
from snnexp.datasets.base.arrays import array, from_numbers
from snnexp.datasets.base.events import Decoded
from snnexp.datasets.base.framing import by_number
from snnexp.datasets.base.order import Unordered
from snnexp.datasets.base.packing import Clips, Frames
from snnexp.datasets.base.recorded import Recorded
from snnexp.datasets.base.stored import figshare
from snnexp.errors import UserError, reason

SENSOR = (128, 128)
CLASSES = (
    "hand clapping",
    "right hand wave",
    "left hand wave",
    "right arm clockwise",
    "right arm counter clockwise",
    "left arm clockwise",
    "left arm counter clockwise",
    "arm roll",
    "air drums",
    "air guitar",
    "other gestures",
)
RAW = "DvsGesture"
ROW = re.compile(r"\s*(\d{1,18})\s*,\s*(\d{1,18})\s*,\s*(\d{1,18})\s*", re.ASCII)
HEADING = re.compile(r"\ufeff?[A-Za-z][^,0-9]*(,[^,0-9]+)*")  # names alone: a damaged row is no heading


class Dvs128Gesture(Recorded):
    """Gestures of 29 users in three lights (Amir et al. 2017).

    The official chain: `userXX_light.aedat` (AEDAT 3.1) with `userXX_light_labels.csv`, each row (class 1 to 11, start
    and end in us) a sample; users 1 to 23 train (1,176 samples), 24 to 29 test (288). tonic's cut, taken where the
    official files are not there, has 1,077 and 264 samples with times in ms: another test set, and described as such.

    `framing: clips` trains on random clips of T frames of `dt` ms and tests on `clips` of them; `number` makes T frames
    of equal event count of each sample. `ds` x `ds` pixels make one cell of a frame.

    Raises:
        UserError: a constant out of range.
    """

    num_classes = 11
    called = CLASSES
    folders = (RAW, "DVSGesture")
    archives = (
        Archive(
            name="ibmGestureTrain.tar.gz",
            md5="3a8f0d4120a166bac7591f77409cb105",
            unpacked=2_400_000_000,
            into="DVSGesture",
            **figshare(38022171),
        ),
        Archive(
            name="ibmGestureTest.tar.gz",
            md5="56070e45dadaa85fff82e0fbfbc06de5",
            unpacked=600_000_000,
            into="DVSGesture",
            **figshare(38020584),
        ),
    )
    manual = (
        f"for the official 1176/288 samples, unpack DvsGesture.tar.gz (MD5 8a5c71fb11e24e5ca5b11866ca6c00a1) from "
        f"https://research.ibm.com/interactive/dvsgesture/ so that {RAW}/user01_fluorescent.aedat is there; what is "
        f"fetched is tonic's cut, with another test set"
    )

    def __init__(
        self,
        *,
        root: str | None = None,
        framing: Literal["clips", "number"] = "clips",
        dt: float = 15.0,
        ds: int = 4,
        clips: int = 10,
        unordered: Unordered = "sort",
    ) -> None:
        self.root = root
        self.unordered = unordered
        self.packing = Clips(SENSOR, dt=dt, ds=ds, clips=clips)
        self.size = self.packing.size
        if framing == "number":
            self.packing = Frames("equal number", lambda events, T: by_number(events, T, self.size, ds), ds=ds)

    @property
    def raw(self) -> bool:
        """Whether the official recordings are there."""
        return self.folder().name == RAW

    def lacking(self, path: Path) -> list[str]:
        if path.name == RAW:
            return [] if any(path.glob("user*_*.aedat")) else ["userXX_light.aedat"]
        return [name for name in ("ibmGestureTrain", "ibmGestureTest") if not (path / name).exists()]

    def files(self, train: bool) -> list[Path]:
        if not self.raw:
            part = "ibmGestureTrain" if train else "ibmGestureTest"
            return self.listed(f"{part}/*/*.npy")
        return [path for path in self.listed("user*_*.aedat") if (user(path) <= 23) == train]

    def sources(self, train: bool) -> list[Path]:
        files = self.found(train)
        return [*files, *(labels_of(path) for path in files if labels_of(path).exists())] if self.raw else files

    def decode(self, path: Path) -> Iterator[tuple[np.ndarray, int]]:
        if not self.raw:
            yield self.open_events(path), label_of(path)
            return
        events = self.ordered(aedat31(path))
        for number, label, start, end in rows(labels_of(path)):
            first, last = np.searchsorted(events["t"], [start, end])
            if first == last:
                raise BrokenData(f"{labels_of(path)}: line {number}: {path.name} has no events in {start} to {end} us")
            yield events[first:last], label - 1

    def open_events(self, path: Path) -> np.ndarray:
        if path.suffix == ".aedat":
            raise UserError(
                f"{path}: holds several gestures; cut one out, and store it as .npy of rows x, y, p, t in ms"
            )
        return self.ordered(tonics(path))

    def subjects(self) -> list[int]:
        files = self.files(train=True)
        if not self.raw:  # the folder is called as the recording is that the sample was cut from
            return [user(path.parent) for path in files]
        return [user(path) for path in files for _ in rows(labels_of(path))]

    def details(self) -> list[str]:
        cut = "official recordings" if self.raw else "tonic's cut, not the official 1176/288 samples"
        return [cut, *super().details()]


def user(path: Path) -> int:
    """Return the number of the user that a recording is of."""
    match = re.match(r"user(\d+)_", path.name)
    if match is None:
        raise BrokenData(f"{path}: its name must begin with userXX_")
    return int(match[1])


def labels_of(path: Path) -> Path:
    """Return the table that says what is in a recording."""
    return path.with_name(f"{path.stem}_labels.csv")


def rows(path: Path) -> list[tuple[int, int, int, int]]:
    """Read line, class (1 to 11), start and end in us of each sample in a table with or without headings."""
    try:
        lines = path.read_text().splitlines()
    except (OSError, ValueError) as error:
        raise BrokenData(f"{path}: {reason(error)}") from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or (number == 1 and HEADING.fullmatch(line)):
            continue
        match = ROW.fullmatch(line)
        if match is None:
            raise BrokenData(f"{path}: line {number}: {line[:80]!r} must hold class, start and end as whole numbers")
        label, start, end = map(int, match.groups())
        if not 1 <= label <= 11 or start >= end:
            raise BrokenData(f"{path}: line {number}: {line[:80]!r} is no class 1 to 11 with start before end")
        found.append((number, label, start, end))
    if not found:
        raise BrokenData(f"{path}: line {len(lines) + 1}: no samples")
    return found


def tonics(path: Path) -> Decoded:
    """Read the events of one of tonic's files: an array of rows x, y, p, t in ms.

    Times may have fractions, which are rounded to us.
    """
    found = array(path)
    if found.ndim != 2 or found.shape[1] != 4:
        raise BrokenData(f"{path}: {found.dtype} {found.shape}: must hold rows x, y, p, t")
    return from_numbers(path, dict(zip("xypt", found.T, strict=True)), SENSOR, tick=1000.0)


def label_of(path: Path) -> int:
    """Read the label by which one of tonic's files is named."""
    if not path.stem.isdecimal() or int(path.stem) > 10:
        raise BrokenData(f"{path}: must be named 0 to 10, by its class")
    return int(path.stem)
