"""Decoded data kept on disk for the next run: whole or not there, checked when read, safe for many processes.

An entry is a folder named by the hash of its key: raw numbers, one file an array, and a manifest of their checksums.
"""

import hashlib
import json
import logging
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from snnexp.errors import UserError, reason
from snnexp.files.digests import of_json
from snnexp.files.locks import wait_for

log = logging.getLogger(__name__)
FORMAT = 2  # raised when the layout of an entry changes
Arrays = dict[str, np.ndarray]


class Writer:
    """Writes the arrays of an entry, each piece by piece along the first axis."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.arrays: dict[str, tuple[str, list[int]]] = {}

    def append(self, name: str, piece: Shaped[np.ndarray, "n *feat"]) -> None:
        """Add rows to an array; all of its pieces have one type and one shape behind the first axis."""
        dtype, shape = self.arrays.setdefault(name, (piece.dtype.str, [0, *piece.shape[1:]]))
        assert (dtype, shape[1:]) == (piece.dtype.str, [*piece.shape[1:]]), f"{name}: pieces differ"
        with (self.folder / f"{name}.bin").open("ab") as file:
            file.write(np.ascontiguousarray(piece).data)
        shape[0] += len(piece)

    def narrow(self, name: str) -> None:
        """Keep an array of counts as bytes if all of them fit."""
        dtype, shape = self.arrays[name]
        wide = open_array(self.folder, name, dtype, shape)
        if wide.size and wide.max() > 255:
            return
        del self.arrays[name]
        (self.folder / f"{name}.bin").rename(self.folder / f"{name}.wide")
        for row in wide:
            self.append(name, row[None].astype(np.uint8))
        (self.folder / f"{name}.wide").unlink()

    def finish(self, key: Mapping[str, Any]) -> None:
        """Write the manifest."""
        arrays = {
            name: {"dtype": dtype, "shape": shape, "sha256": checksum(self.folder / f"{name}.bin")}
            for name, (dtype, shape) in self.arrays.items()
        }
        with (self.folder / "manifest.json").open("w") as file:
            json.dump({"key": key, "arrays": arrays}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())


def cached(folder: Path, key: Mapping[str, Any], build: Callable[[Writer], None], owner: int | None = None) -> Arrays:
    """Map the arrays of a key into memory; `build` writes them once, even if several processes ask together.

    The folder may belong to this user, to root or to `owner`, whose recordings are decoded.

    Raises:
        UserError: the folder cannot be written, or others could have written there; and whatever `build` raises, which
            leaves nothing behind.
    """
    name = of_json({"format": FORMAT, **key})[:16]
    entry, unfinished = folder / name, folder / f".{name}.tmp"
    with locked(folder, f".{name}.lock"):
        require_own(folder, {os.getuid(), 0, owner})
        arrays = read(entry)
        if arrays is None:
            for left in (entry, unfinished):
                shutil.rmtree(left, ignore_errors=True)
            unfinished.mkdir()
            try:
                writer = Writer(unfinished)
                build(writer)
                writer.finish(key)
                os.rename(unfinished, entry)
            except BaseException:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
            arrays = read(entry)
    assert arrays is not None
    return arrays


@contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    """Wait for whoever works on an entry; the lock frees itself when a process ends."""
    try:
        folder.mkdir(0o775, parents=True, exist_ok=True)
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        with os.fdopen(descriptor, "r+b") as file:
            wait_for(file)
            yield
    except OSError as error:
        remedy = "make room, or set SNNEXP_CACHE=DIR to another folder"
        raise UserError(f"cache {folder}: {reason(error)}; {remedy}") from error


def require_own(folder: Path, owners: Collection[int | None]) -> None:
    """Refuse a folder in which a stranger could have put other recordings: another user's, or one that all can write.

    Raises:
        UserError: such a folder.
    """
    found = folder.stat()
    if found.st_uid not in owners or found.st_mode & stat.S_IWOTH:
        whose = "all users can write there" if found.st_uid in owners else f"user {found.st_uid} can write there"
        raise UserError(f"cache {folder}: {whose}; remove it, or set SNNEXP_CACHE=DIR to a folder of your own")


def read(entry: Path) -> Arrays | None:
    """Return the arrays of an entry, if it is there and as it was written."""
    if not entry.exists():
        return None
    try:
        manifest = json.loads(of_entry(entry, "manifest.json").read_text())["arrays"]
        for name, array in manifest.items():
            if checksum(of_entry(entry, f"{name}.bin")) != array["sha256"]:
                raise ValueError(f"{name}.bin has changed")
        return {name: open_array(entry, name, array["dtype"], array["shape"]) for name, array in manifest.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        log.warning("cache %s is damaged and is built again: %s", entry, reason(error))
        return None


def of_entry(entry: Path, name: str) -> Path:
    """Return a file that an entry itself holds: no link, nor anything to be waited for."""
    path = entry / name
    if path.parent != entry or not stat.S_ISREG(path.lstat().st_mode):
        raise ValueError(f"{name} is no file of it")
    return path


def open_array(entry: Path, name: str, dtype: str, shape: list[int]) -> np.ndarray:
    """Return one array of an entry, mapped; what is written to it stays in memory."""
    if 0 in shape:
        return np.zeros(shape, dtype)
    return np.memmap(entry / f"{name}.bin", dtype, mode="c", shape=tuple(shape))


def checksum(path: Path) -> str:
    """Compute the SHA-256 of a file, which may lie behind a link."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
