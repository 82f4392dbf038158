"""HAR-DVS: 300 human actions before an event camera."""

import re
import zipfile
import zlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int16
from torch import Generator, Tensor
from tqdm import tqdm

from snnexp.datasets.base import BrokenData, Events, Files, Stored
from snnexp.datasets.base.events import from_columns
from snnexp.datasets.base.framing import by_number, in_16_bits
from snnexp.errors import UserError

SENSOR = (260, 346)
LINE = re.compile(r"(?P<name>\S+) (?P<frames>\d+) (?P<label>\d+)")


class HarDvs(Stored, Events):
    """More than 100,000 sequences of 346 x 260 pixels (Wang et al. 2022), as event files: `<action>/<sample>.npz`.

    Lines `action_001/dvSave-... <frames> <label>` of `train_label.txt` and `test_label.txt` make the splits; the
    validation list is not used. T frames of equal event count, each event at floor(x size / 346), floor(y size / 260).
    Files are read when they are needed, by `workers` processes.

    Raises:
        UserError: a constant out of range.
    """

    num_classes = 300
    folders = ("HARDVS",)
    contents = ("train_label.txt", "test_label.txt", "MINI_HARDVS_files")
    manual = (
        "the set comes from Dropbox or Baidu, see https://github.com/Event-AHU/HARDVS; unpack MINI_HARDVS_files.zip "
        "and the archives of the actions within, so that HARDVS/MINI_HARDVS_files/action_001/ holds .npz files and "
        "HARDVS/train_label.txt the list"
    )

    def __init__(self, *, root: str | None = None, size: int = 224, workers: int = 4) -> None:
        if not 1 <= size <= min(SENSOR):
            raise UserError(f"dataset.size={size}: must lie in 1 to {min(SENSOR)}")
        if workers < 0:
            raise UserError(f"dataset.workers={workers}: must be 0 or above")
        self.root = root
        self.size = (size, size)
        self.workers = workers

    def read(self, T: int) -> tuple[Files, Files]:
        return self.split("train", T), self.split("test", T)

    def split(self, part: str, T: int) -> Files:
        """One split's files, all of which are there, and labels."""
        paths, labels = self.listed(self.folder() / f"{part}_label.txt")
        lacking = [path for path in paths if not path.exists()]
        if lacking:
            raise self.broken(f"{len(lacking)} of {len(paths)} {part} files are missing, the first is {lacking[0]}")
        read = partial(frames, paths, T, self.size)
        return Files(read, torch.tensor(labels, dtype=torch.int64), self.size, self.workers)

    def listed(self, path: Path) -> tuple[list[Path], list[int]]:
        """Files and labels that a list names."""
        paths, labels = [], []
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            match = LINE.fullmatch(line.strip())
            if match is None or int(match["label"]) >= self.num_classes:
                raise self.broken(
                    f"{path}: line {number}: {line[:80]!r} is no name, number of frames and label 0 to 299"
                )
            paths.append(self.folder() / "MINI_HARDVS_files" / f"{match['name']}.npz")
            labels.append(int(match["label"]))
        if not paths:
            raise self.broken(f"{path}: line 1: no samples")
        return paths, labels

    def verify(self) -> None:
        self.load(T=1)
        for part in ("train", "test"):
            for path in tqdm(self.listed(self.folder() / f"{part}_label.txt")[0], part, leave=False, disable=None):
                load(path)


def frames(
    paths: Sequence[Path], T: int, size: tuple[int, int], index: int, generator: Generator
) -> Int16[Tensor, "T 2 H W"]:
    """T frames of equal event count of one file; nothing is drawn."""
    events = load(paths[index])
    events["x"] = events["x"].astype(np.int64) * size[1] // SENSOR[1]
    events["y"] = events["y"].astype(np.int64) * size[0] // SENSOR[0]
    try:
        return torch.from_numpy(in_16_bits(by_number(events, T, size)))
    except UserError as error:
        raise UserError(f"dataset har_dvs: {paths[index]}: {error}") from error


# What zipfile and numpy raise of damage; the last three of headers that claim a password or endless columns.
DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
DAMAGE += (RuntimeError, MemoryError, OverflowError)


def load(path: Path) -> np.ndarray:
    """The events of a file of arrays t, x, y, p.

    Raises:
        BrokenData: the file is damaged, told with the event where there is one.
    """
    try:
        with path.open("rb") as file, np.load(file) as archive:
            columns = {name: archive[name].astype(np.int64) for name in "xytp"}
    except DAMAGE as error:
        raise BrokenData(f"dataset har_dvs: {path}: {error}; place the file anew") from error
    lengths = {name: column.shape for name, column in columns.items()}
    if len(set(lengths.values())) > 1 or len(lengths["x"]) != 1:
        raise BrokenData(f"dataset har_dvs: {path}: columns of unequal length {lengths}; place the file anew")
    try:
        return from_columns(path, **columns, sensor=SENSOR, unit="event")
    except BrokenData as error:
        raise BrokenData(f"dataset har_dvs: {error}; place the file anew") from error
