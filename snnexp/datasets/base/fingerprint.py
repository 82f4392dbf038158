"""What the files of a data set hold: names, sizes and contents, whatever their place and times.

A fingerprint is computed once and kept in the set's cache, for as long as the files are as they were.
"""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from snnexp.datasets.base.cache import Arrays, Writer, cached, checksum
from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.limits import check_file
from snnexp.errors import UserError
from snnexp.files.digests import of_json

log = logging.getLogger(__name__)
STREAMED = (".JPEG", ".jpeg", ".JPG", ".jpg", ".png", ".npz")  # no folder's name: a million need not be looked at
Fingerprint = dict[str, Any]  # of each split: the number of its files, their bytes, and a SHA-256
Lines = Iterable[tuple[str, ...]]  # a file's name, its size, and the SHA-256 of its content where that is counted


def kept(cache: Path, state: Any, splits: Mapping[str, Callable[[], Lines]]) -> Fingerprint:
    """Return the fingerprint of a set's splits, from the cache where the files' `state` is known there.

    Raises:
        BrokenData: whatever `splits` raises.
    """

    def write(writer: Writer) -> None:
        for lines in splits.values():
            found = summary(lines())
            writer.append("sizes", np.array([[found["files"], found["bytes"]]]))
            writer.append("sha256", np.frombuffer(bytes.fromhex(found["sha256"]), np.uint8)[None])

    key = {"fingerprint": of_json(state), "splits": list(splits)}
    try:
        return read(splits, cached(cache, key, write))
    except BrokenData:
        raise
    except UserError as error:
        log.warning("the data are read whole at each start: %s", error)
        return {name: summary(lines()) for name, lines in splits.items()}


def read(splits: Iterable[str], arrays: Arrays) -> Fingerprint:
    """Return the fingerprint as it was kept."""
    rows = zip(splits, arrays["sizes"].tolist(), arrays["sha256"], strict=True)
    return {name: {"files": n, "bytes": size, "sha256": sha256.tobytes().hex()} for name, (n, size), sha256 in rows}


def summary(lines: Lines) -> dict[str, Any]:
    """Return a split's fingerprint: SHA-256 over the sorted lines."""
    found, size, total = sorted(lines), 0, hashlib.sha256()
    for line in found:
        size += int(line[1])
        total.update(json.dumps(line).encode())
    return {"files": len(found), "bytes": size, "sha256": total.hexdigest()}


def contents(folder: Path, paths: Iterable[Path], title: str) -> Iterator[tuple[str, ...]]:
    """Yield a line for each of some files, with the checksum of its content."""
    for path in tqdm(paths, title, leave=False, disable=None, delay=1):
        check_file(path)
        yield name(folder, path), str(path.stat().st_size), checksum(path)


def sizes(folder: Path, paths: Iterable[Path], title: str) -> Iterator[tuple[str, ...]]:
    """Yield a line for each of some files, with its size alone."""
    for path in tqdm(paths, title, leave=False, disable=None, delay=1):
        yield name(folder, path), str(os.stat(path).st_size)


def name(folder: Path, path: Path) -> str:
    """Return a file's name below the set's folder."""
    return str(path).removeprefix(f"{folder}/")


def state(path: Path) -> tuple[str, int, int, int]:
    """Return what changes when a file is changed: its size and both of its times, of content and of status."""
    found = path.stat()
    return str(path), found.st_size, found.st_mtime_ns, found.st_ctime_ns


def tree_state(folder: str) -> Iterator[tuple[str, int, int, int]]:
    """Yield what changes when a file below a folder comes, goes or is replaced: times and counts of all folders."""
    found, names = os.stat(folder), os.listdir(folder)
    yield folder, len(names), found.st_mtime_ns, found.st_ctime_ns
    for each in names:
        if not each.endswith(STREAMED) and os.path.isdir(path := f"{folder}/{each}"):
            yield from tree_state(path)
