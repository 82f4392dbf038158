"""Data sets that lie in files below `$SNNEXP_DATA`."""

import json
import os
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.dataset import Dataset
from snnexp.datasets.base.fingerprint import Fingerprint, contents, kept, sizes, state, tree_state
from snnexp.errors import UserError, one_line


@dataclass(frozen=True)
class Archive:
    """An official download: `unpacked` bytes (at least) when extracted, into the folder `into` of the root.

    `mirrors` are asked in order where `url` fails.
    """

    name: str
    url: str
    md5: str
    unpacked: int
    into: str = ""
    mirrors: tuple[str, ...] = ()

    @property
    def manifest(self) -> str:
        """The file below the root that lists what was unpacked: {path from `into`: bytes}."""
        return str(Path(self.into) / f"{self.name}.json")


def figshare(number: int) -> dict[str, Any]:
    """Return the addresses of a file on figshare: its API, and those that answer browsers only since January 2026."""
    mirrors = (f"https://ndownloader.figshare.com/files/{number}", f"https://figshare.com/ndownloader/files/{number}")
    return {"url": f"https://api.figshare.com/v2/file/download/{number}", "mirrors": mirrors}


class Stored(Dataset):
    """A set read from the first of `folders` below the root that holds all of `contents`.

    `manual` says what to place where, for what no program can fetch; `trees` names the folders, below the set's own, of
    files that are read while training.
    """

    folders: tuple[str, ...]
    contents: tuple[str, ...]
    archives: tuple[Archive, ...] = ()
    manual: str = ""
    trees: tuple[str, ...] = ()
    root: str | None

    def check(self) -> None:
        self.folder()

    def place(self) -> Path:
        """Return the folder that holds the data sets.

        Raises:
            UserError: neither `dataset.root` nor `$SNNEXP_DATA` is set.
        """
        root = self.root or os.environ.get("SNNEXP_DATA")
        if not root:
            raise UserError(f"dataset {self.name}: no data folder given; set SNNEXP_DATA=DIR or dataset.root=DIR")
        return Path(root).expanduser()

    def folder(self) -> Path:
        """Return the set's own folder.

        Raises:
            BrokenData: naming the paths looked at, what they lack and the command that fetches the set.
        """
        looked = []
        for path in [self.place() / folder for folder in self.folders]:
            lacking = self.lacking(path)
            if not lacking:
                return path
            looked.append(f"{path} (lacks {', '.join(lacking)})" if path.exists() else f"{path}")
        raise self.broken(f"not found in {' or '.join(looked)}")

    @abstractmethod
    def sources(self, train: bool) -> Sequence[Path]:
        """Return all files that are read whole to load a split."""

    def streamed(self, train: bool) -> Iterable[Path]:
        """Return the files of a split that are read one by one while training: their sizes stand for their contents."""
        return ()

    def fingerprint(self) -> Fingerprint:
        folder, splits = self.folder(), {"training": True, "test": False}
        sources = {split: self.sources(train) for split, train in splits.items()}

        def lines(split: str) -> Iterator[tuple[str, ...]]:
            title = f"fingerprint of {self.name}, {split}"
            yield from contents(folder, sources[split], title)
            yield from sizes(folder, self.streamed(splits[split]), title)

        try:
            found = [state(path) for paths in sources.values() for path in paths]
            found += [each for tree in self.trees for each in tree_state(f"{folder / tree}")]
            return kept(self.cache(), found, {split: partial(lines, split) for split in splits})
        except OSError as error:
            raise self.broken(one_line(error)) from error

    def check_sizes(self) -> None:
        """Compare files with the manifests that `data fetch` left, where it unpacked them.

        Raises:
            BrokenData: naming the first file that has gone or has another size.
        """
        folder = self.folder()
        for archive in self.archives:
            manifest = self.place() / archive.manifest
            for name, size in recorded_sizes(manifest).items():
                path = manifest.parent / name
                found = path.stat().st_size if path.exists() else 0
                if found != size and path.is_relative_to(folder):
                    raise self.broken(f"{path}: {found} bytes, and {size} when it was unpacked")

    def lacking(self, path: Path) -> list[str]:
        """Return what a folder lacks to be the set's."""
        return [name for name in self.contents if not (path / name).exists()]

    def cache(self) -> Path:
        """Return the folder for what was decoded: below `$SNNEXP_CACHE`, or `cache` beside the data sets."""
        cache = os.environ.get("SNNEXP_CACHE")
        return (Path(cache).expanduser() if cache else self.place() / "cache") / self.name

    def broken(self, cause: str, path: Path | None = None) -> BrokenData:
        """Return an error about the set, or a file of it, with the remedy that helps: to fetch it, or to place it."""
        what = f"dataset {self.name}: {cause}"
        if path is not None and self.unchanged(path):
            return BrokenData(what, "the file is as the official archive holds it, so fetching it again would not help")
        fetch = f"`snnexp data fetch {self.name}{f' --root {self.root}' if self.root else ''}`"
        if self.fetchable():
            return BrokenData(what, f"run {fetch}", fetchable=True)
        return BrokenData(what, f"place the files again; {fetch} says where they come from")

    def unchanged(self, path: Path) -> bool:
        """Return whether a file has the size that it had when `data fetch` unpacked it, and was not written since."""
        for manifest in (self.place() / archive.manifest for archive in self.archives):
            if manifest.exists() and path.exists() and path.is_relative_to(manifest.parent):
                found, size = path.stat(), recorded_sizes(manifest).get(path.relative_to(manifest.parent).as_posix())
                if found.st_size == size and found.st_mtime <= manifest.stat().st_mtime:
                    return True
        return False

    def fetchable(self) -> bool:
        """Say whether the archives unpack into the folder that is read, or into one that is read before it."""
        for path in (self.place() / folder for folder in self.folders):
            if any(path.is_relative_to(self.place() / archive.into) for archive in self.archives):
                return True
            if not self.lacking(path):
                return False
        return False


def recorded_sizes(manifest: Path) -> dict[str, int]:
    """Return what was unpacked: {path: bytes}."""
    return json.loads(manifest.read_text()) if manifest.exists() else {}
