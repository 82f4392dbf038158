"""SHA-256 of plain values, and of a folder's files, each computed once for as long as the file is the same one."""

import hashlib
import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from snnexp.errors import RunError
from snnexp.files import atomic, reading
from snnexp.files.private import private

SETTLED = 2 * 10**9  # nanoseconds after which another change has another time: file systems count in ticks


def digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of each file by its name; nothing of a file that is not there.

    What the cache holds counts while size, times of change and inode are those of then. A file that was changed a
    moment ago is not stored: another change could have the same time.

    Raises:
        UserError: a link, a FIFO or another thing that is no file, in the place of one.
    """
    kept = recall(folder)
    found, fresh = {}, {}
    for name in names:
        now = time.time_ns()
        try:
            seen = (folder / name).lstat()
        except FileNotFoundError:
            continue
        same = [seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino]
        known = kept.get(name)
        if known is None or known[:-1] != same:
            known = [*same, digest(folder, name)]
            if seen.st_ctime_ns < now - SETTLED:
                fresh[name] = known
        found[name] = known[-1]
    if fresh:
        keep(folder, kept | fresh)
    return found


def of_json(content: Any) -> str:
    """Compute the SHA-256 of plain values, as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def digest(folder: Path, name: str) -> str:
    """Compute the SHA-256 of a file below a folder."""
    with reading.opened(folder, name, os.O_RDONLY) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def recall(folder: Path) -> dict[str, list[Any]]:
    """Return what is stored of a folder's files: size, times, inode and SHA-256; nothing if that cannot be read."""
    try:
        path = place(folder)
        content = reading.parse(reading.read(private(path.parent), path.name))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def keep(folder: Path, content: dict[str, list[Any]]) -> None:
    """Keep this of a folder; where the cache cannot be written, all is computed again the next time."""
    with suppress(OSError, RunError):
        path = place(folder)
        atomic.write(private(path.parent) / path.name, json.dumps(content).encode())


def place(folder: Path) -> Path:
    """Return the file in the cache that belongs to a folder.

    Raises:
        OSError: there is no cache.
    """
    cache = os.environ.get("SNNEXP_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "snnexp"
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    try:
        return Path(cache).expanduser() / "digests" / f"{name}.json"
    except RuntimeError as error:
        raise FileNotFoundError("this user has no home, and so no cache") from error
