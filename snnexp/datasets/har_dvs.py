"""HAR-DVS: 300 human actions before an event camera."""

import logging
import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int16, Int64
from torch import Generator, Tensor
from tqdm import tqdm

from snnexp.datasets.base import BrokenData, Events, Files, Split, Stored
from snnexp.datasets.base.arrays import columns, from_numbers
from snnexp.datasets.base.events import from_zero
from snnexp.datasets.base.framing import by_number, in_16_bits
from snnexp.datasets.base.order import Unordered, in_order, notes
from snnexp.errors import UserError, require

SENSOR = (260, 346)
Entries = list[tuple[Path, int]]
LINE = re.compile(r"(?P<name>\S+) (?P<frames>\d+) (?P<label>\d+)")
# listed for training, but in no archive: https://github.com/Event-AHU/HARDVS/issues/8
UNPUBLISHED = {
    f"dvSave-2021_07_30_10_{time}" for time in ("44_40", "45_19", "45_34", "45_54", "46_07", "46_20", "46_36")
}
log = logging.getLogger(__name__)


class HarDvs(Stored, Events):
    """More than 100,000 sequences of 346 x 260 pixels (Wang et al. 2022), as event files: `<action>/<sample>.npz`.

    Lines `action_001/dvSave-... <frames> <label>` of `train_label.txt` and `test_label.txt` make the splits; the
    validation list is not used. T frames of equal event count, each event at floor(x size / 346), floor(y size / 260).
    Files are read when they are needed, by `workers` processes. Listed files that are not there are left out: the seven
    that were never published, and up to `allow_missing` others.

    Raises:
        UserError: a constant out of range.
    """

    num_classes = 300
    folders = ("HARDVS",)
    contents = ("train_label.txt", "test_label.txt", "MINI_HARDVS_files")
    trees = ("MINI_HARDVS_files",)
    manual = (
        "the set comes from Dropbox or Baidu, see https://github.com/Event-AHU/HARDVS; unpack MINI_HARDVS_files.zip "
        "and the archives of the actions within, so that HARDVS/MINI_HARDVS_files/action_001/ holds .npz files and "
        "HARDVS/train_label.txt the list"
    )

    def __init__(
        self,
        *,
        root: str | None = None,
        size: int = 224,
        workers: int = 4,
        unordered: Unordered = "sort",
        allow_missing: int = 0,
    ) -> None:
        require(1 <= size <= min(SENSOR), f"dataset.size={size}: must lie in 1 to {min(SENSOR)}")
        for key, value in {"workers": workers, "allow_missing": allow_missing}.items():
            require(value >= 0, f"dataset.{key}={value}: must be 0 or above")
        self.root = root
        self.size = (size, size)
        self.workers = workers
        self.unordered: Unordered = unordered
        self.allow_missing = allow_missing
        self.missing = 0
        self.late: dict[str, Int64[Tensor, " N"]] = {}  # events sorted by time in each file that was read

    def sources(self, train: bool) -> list[Path]:
        return [self.folder() / ("train_label.txt" if train else "test_label.txt")]

    def streamed(self, train: bool) -> list[Path]:
        return [path for path, _ in self.listed(*self.sources(train)) if path.exists()]

    def read(self, T: int) -> tuple[Files, Files]:
        listed = {part: self.listed(self.folder() / f"{part}_label.txt") for part in ("train", "test")}
        self.leave_out([path for entries in listed.values() for path, _ in entries if not path.exists()])
        return self.split("train", listed["train"], T), self.split("test", listed["test"], T)

    def open_file(self, path: Path, T: int) -> Split:
        label = torch.zeros(1, dtype=torch.int64)
        return Split(frames([path], T, self.size, self.unordered, label.clone(), 0, Generator())[None], label)

    def leave_out(self, missing: Sequence[Path]) -> None:
        """Report and count listed files that are not there, if there may be as many."""
        others = [path for path in missing if path.stem not in UNPUBLISHED]
        if len(others) > self.allow_missing:
            remedy = f"dataset.allow_missing={len(others)} leaves them out"
            raise self.broken(f"{len(others)} listed files are missing, the first is {others[0]} ({remedy})")
        for path in missing:
            log.warning("dataset har_dvs: left out, since it is listed but not there: %s", path)
        self.missing = len(missing)

    def split(self, part: str, listed: Entries, T: int) -> Files:
        """Return a split of the listed files that are there."""
        there = [(path, label) for path, label in listed if path.exists()]
        if not there:
            raise self.broken(f"none of the listed {part} files exists")
        self.late[part] = torch.zeros(len(there), dtype=torch.int64).share_memory_()
        read = partial(frames, [path for path, _ in there], T, self.size, self.unordered, self.late[part])
        labels = torch.tensor([label for _, label in there], dtype=torch.int64)
        return Files(read, labels, self.size, self.workers)

    def details(self) -> list[str]:
        left = [f"{self.missing} listed files not there and left out"] if self.missing else []
        late = sum(int(late.sum()) for late in self.late.values())
        return [*left, *super().details(), *notes({"sorted": late})]

    def listed(self, path: Path) -> Entries:
        """Read the files and labels that a list names; empty lines name none."""
        entries = []
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if not line.strip():
                continue
            match = LINE.fullmatch(line.strip())
            if match is None or int(match["label"]) >= self.num_classes:
                raise self.broken(
                    f"{path}: line {number}: {line[:80]!r} is no name, number of frames and label 0 to 299"
                )
            entries.append((self.folder() / "MINI_HARDVS_files" / f"{match['name']}.npz", int(match["label"])))
        if not entries:
            raise self.broken(f"{path}: line 1: no samples")
        return entries

    def verify(self) -> None:
        self.load(T=1)
        lengths = []
        for part, late in self.late.items():
            paths = [path for path, _ in self.listed(self.folder() / f"{part}_label.txt") if path.exists()]
            for index, path in enumerate(tqdm(paths, part, leave=False, disable=None)):
                events, counts = load(path, self.unordered)
                lengths.append((len(events), path))
                late[index] = counts["sorted"]
        self.fewest = min(lengths)


def frames(
    paths: Sequence[Path],
    T: int,
    size: tuple[int, int],
    unordered: Unordered,
    late: Int64[Tensor, " N"],
    index: int,
    generator: Generator,
) -> Int16[Tensor, "T 2 H W"]:
    """Count one file in T frames of as many events each; `late` gets the number of events sorted."""
    events, counts = load(paths[index], unordered)
    late[index] = counts["sorted"]
    events["x"] = events["x"].astype(np.int64) * size[1] // SENSOR[1]
    events["y"] = events["y"].astype(np.int64) * size[0] // SENSOR[0]
    try:
        return torch.from_numpy(in_16_bits(by_number(events, T, size)))
    except UserError as error:
        raise UserError(f"dataset har_dvs: {paths[index]}: {error}") from error


def load(path: Path, unordered: Unordered) -> tuple[np.ndarray, Counter[str]]:
    """Return the events of a file of arrays t, x, y, p in order of time, which begins at 0, and how many were sorted.

    Raises:
        BrokenData: the file is damaged; the message names the event where there is one.
    """
    try:
        events, counts = in_order(from_numbers(path, columns(path), SENSOR), unordered)
    except BrokenData as error:
        raise BrokenData(f"dataset har_dvs: {error}; place the file again") from error
    return from_zero(events), counts
