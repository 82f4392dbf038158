"""Data sets that lie in files below `$SNNEXP_DATA`."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.dataset import Dataset
from snnexp.errors import UserError


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
        """The file below the root that tells what was unpacked: {path from `into`: bytes}."""
        return str(Path(self.into) / f"{self.name}.json")


def figshare(number: int) -> dict[str, Any]:
    """The addresses of a file on figshare: its API, and those that answer browsers only since January 2026."""
    mirrors = (f"https://ndownloader.figshare.com/files/{number}", f"https://figshare.com/ndownloader/files/{number}")
    return {"url": f"https://api.figshare.com/v2/file/download/{number}", "mirrors": mirrors}


class Stored(Dataset):
    """A set read from the first of `folders` below the root that holds all of `contents`.

    `manual` says what to place where, for what no program can fetch.
    """

    folders: tuple[str, ...]
    contents: tuple[str, ...]
    archives: tuple[Archive, ...] = ()
    manual: str = ""
    root: str | None

    def check(self) -> None:
        self.folder()

    def place(self) -> Path:
        """The folder that holds the data sets.

        Raises:
            UserError: neither `dataset.root` nor `$SNNEXP_DATA` is set.
        """
        root = self.root or os.environ.get("SNNEXP_DATA")
        if not root:
            raise UserError(f"dataset {self.name}: no data folder given; set SNNEXP_DATA=DIR or dataset.root=DIR")
        return Path(root).expanduser()

    def folder(self) -> Path:
        """The set's own folder.

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

    def check_sizes(self) -> None:
        """Compare files with the manifests that `data fetch` left, where it unpacked them.

        Raises:
            BrokenData: naming the first file that has gone or has another size.
        """
        folder = self.folder()
        for archive in self.archives:
            manifest = self.place() / archive.manifest
            sizes = json.loads(manifest.read_text()) if manifest.exists() else {}
            for name, size in sizes.items():
                path = manifest.parent / name
                found = path.stat().st_size if path.exists() else 0
                if found != size and path.is_relative_to(folder):
                    raise self.broken(f"{path}: {found} bytes, and {size} when it was unpacked")

    def lacking(self, path: Path) -> list[str]:
        """What a folder lacks to be the set's."""
        return [name for name in self.contents if not (path / name).exists()]

    def cache(self) -> Path:
        """The folder for what was decoded: below `$SNNEXP_CACHE`, or `cache` beside the data sets."""
        cache = os.environ.get("SNNEXP_CACHE")
        return (Path(cache).expanduser() if cache else self.place() / "cache") / self.name

    def broken(self, cause: str) -> BrokenData:
        """An error with the command that puts the set where it is looked for, or tells where to put it."""
        root = f" --root {self.root}" if self.root else ""
        return BrokenData(f"dataset {self.name}: {cause}; run `snnexp data fetch {self.name}{root}`")
