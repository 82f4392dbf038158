"""Data sets that lie in files below `$SNNEXP_DATA`."""

import os
from dataclasses import dataclass
from pathlib import Path

from snnexp.datasets.base.dataset import Dataset
from snnexp.errors import UserError


class BrokenData(UserError):
    """Files are missing or damaged; fetching the set mends it."""


@dataclass(frozen=True)
class Archive:
    """An official download: `unpacked` bytes (at least) when extracted, into the folder `into` of the root."""

    name: str
    url: str
    md5: str
    unpacked: int
    into: str = ""


class Stored(Dataset):
    """A set read from the first of `folders` below the root that holds all of `contents`."""

    folders: tuple[str, ...]
    contents: tuple[str, ...]
    archives: tuple[Archive, ...]
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
            lacking = [name for name in self.contents if not (path / name).exists()]
            if not lacking:
                return path
            looked.append(f"{path} (lacks {', '.join(lacking)})" if path.exists() else f"{path}")
        raise self.broken(f"not found in {' or '.join(looked)}")

    def broken(self, cause: str) -> BrokenData:
        """An error with the command that puts the set where it is looked for."""
        root = f" --root {self.root}" if self.root else ""
        return BrokenData(f"dataset {self.name}: {cause}; run `snnexp data fetch {self.name}{root}`")
