"""What sets of an event camera's recordings share: decoding with care, and the cache of what was decoded."""

import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import numpy as np
from tqdm import tqdm

from snnexp.datasets.base.cache import Arrays, Writer, cached, open_array
from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.events import Decoded, from_zero
from snnexp.datasets.base.fingerprint import Fingerprint
from snnexp.datasets.base.kinds import Events
from snnexp.datasets.base.limits import check_file
from snnexp.datasets.base.order import NOTES, Unordered, in_order, notes
from snnexp.datasets.base.packing import Packing
from snnexp.datasets.base.split import Samples
from snnexp.datasets.base.stored import Stored
from snnexp.errors import UserError


class Recorded(Stored, Events):
    """A set of recordings, each decoded once and kept as `packing` says. `version` is raised when decoding changes."""

    packing: Packing
    unordered: Unordered
    version = 2
    counts: Mapping[str, int] = MappingProxyType({})  # what decoding sorted and left out, of both splits

    @abstractmethod
    def files(self, train: bool) -> list[Path]:
        """Return the files of a split, in the order of its samples."""

    def sources(self, train: bool) -> list[Path]:
        return self.found(train)

    def fingerprint(self) -> Fingerprint:
        return super().fingerprint() | {"version": self.version}

    def listed(self, pattern: str) -> list[Path]:
        """List the files of a pattern below the set's folder in natural order, without hidden ones."""
        folder = self.folder()
        return sorted((path for path in folder.glob(pattern) if not hidden(path.relative_to(folder))), key=natural)

    def decoding(self) -> str:
        """Return all that decides, besides the files, what is decoded of them."""
        return f"{self.version}, {self.unordered}"

    @abstractmethod
    def decode(self, path: Path) -> Iterator[tuple[np.ndarray, int]]:
        """Yield the events (x, y, t in us, p) of each sample in a file, sorted by t, and its label.

        Raises:
            BrokenData: the file is damaged, reported with the place in it.
        """

    def open_events(self, path: Path) -> np.ndarray:
        """Read the events of a file that holds one sample.

        Raises:
            UserError: as `decode`, or the set's files hold more than a sample.
        """
        raise UserError(
            f"{path}: {self.name} reads no single files; its class {type(self).__name__} has no open_events"
        )

    def open_file(self, path: Path, T: int) -> Samples:
        check_file(path)
        events = from_zero(self.open_events(path))
        with TemporaryDirectory() as folder:
            writer = Writer(Path(folder))
            self.packing.keep(writer, events, T)
            writer.append("y", np.zeros(1, np.int64))
            self.packing.finish(writer)
            arrays = {name: np.array(open_array(writer.folder, name, *each)) for name, each in writer.arrays.items()}
        return self.packing.split(arrays, T, False)

    def ordered(self, decoded: Decoded) -> np.ndarray:
        """Return the events of a file in order of time; what was sorted or left out is counted.

        Raises:
            BrokenData: a time steps far back.
            UserError: one steps back at all where `unordered` is `refuse`.
        """
        events, counts = in_order(decoded, self.unordered)
        self.counts = counts + Counter(self.counts)
        return events

    def details(self) -> list[str]:
        return [*super().details(), *notes(self.counts)]

    def read(self, T: int) -> tuple[Samples, Samples]:
        files = self.fingerprint()
        train, test = self.arrays(True, T, files["training"]), self.arrays(False, T, files["test"])
        self.counts = dict(zip(NOTES, (train["counts"] + test["counts"]).tolist(), strict=True))
        return self.packing.split(train, T, True), self.packing.split(test, T, False)

    def arrays(self, train: bool, T: int, files: Mapping[str, Any]) -> Arrays:
        """Return what is kept of a split, from the cache where it has been decoded before."""
        key = {
            "dataset": self.name,
            "version": self.decoding(),
            "split": "train" if train else "test",
            "transform": self.packing.transform(T),
            "files": files,
        }
        return cached(self.cache(), key, lambda writer: self.build(writer, train, T), self.folder().stat().st_uid)

    def build(self, writer: Writer, train: bool, T: int) -> None:
        """Write a split's recordings into an entry of the cache."""
        labels = []
        self.counts = {}
        for path, events, label in self.recordings(train):
            try:
                self.packing.keep(writer, events, T)
            except UserError as error:
                raise UserError(f"dataset {self.name}: {path}: {error}") from error
            labels.append(label)
        writer.append("y", np.array(labels, np.int64))
        writer.append("counts", np.array([self.counts.get(kind, 0) for kind in NOTES], np.int64))
        self.packing.finish(writer)

    def recordings(self, train: bool) -> Iterator[tuple[Path, np.ndarray, int]]:
        """Yield file, events with time from the first one, and label of each sample of a split.

        Raises:
            BrokenData: no file there, a damaged one, or one of another size than was fetched.
        """
        self.check_sizes()
        for path in self.sources(train):
            check_file(path)
        part = "training" if train else "test"
        for path in tqdm(self.found(train), f"decoding {self.name}, {part}", leave=False, disable=None):
            try:
                for events, label in self.decode(path):
                    yield path, from_zero(events), label
            except BrokenData as error:
                raise self.broken(str(error), path) from error

    def found(self, train: bool) -> list[Path]:
        """Return the files of a split, of which there must be some."""
        files = self.files(train)
        if not files:
            raise self.broken(f"no {'training' if train else 'test'} recordings in {self.folder()}")
        return files

    def verify(self) -> None:
        self.counts = {}
        parts = [[(len(events), path) for path, events, _ in self.recordings(train)] for train in (True, False)]
        self.samples = len(parts[0]), len(parts[1])
        self.fewest = min(*parts[0], *parts[1])


def hidden(path: Path) -> bool:
    """Return whether a file, or a folder that it lies in, is hidden."""
    return any(part.startswith(".") for part in path.parts)


def natural(path: Path) -> list[tuple[int, str]]:
    """Return a sort key by which `walk_9` comes before `walk_10`, folder by folder."""
    parts = re.findall(r"\d+|\D+", path.as_posix())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
