"""Reads files that a stranger may have made: none leads elsewhere, lets a reader wait, or fills the memory."""

import json
import os
import stat
from collections.abc import Callable
from io import BufferedRandom, BufferedReader, BufferedWriter
from pathlib import Path
from typing import Any, cast

from snnexp.errors import UserError

TEXT = 2**28  # bytes that a file of JSON or YAML may have: an epoch takes some 2,000
DEEP, MANY = 64, 10**6  # levels and values that JSON or YAML may have
Opened = BufferedRandom | BufferedReader | BufferedWriter
KINDS = {
    stat.S_IFREG: "a file",
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def read(folder: Path, name: str | Path, most: int = TEXT) -> bytes:
    """Return the content of a regular file below a folder, of at most `most` bytes, reached through no link.

    Raises:
        FileNotFoundError: it is not there.
        UserError: it is something else, larger, or cannot be read.
    """
    with opened(folder, name, os.O_RDONLY) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise UserError(f"{folder / name}: {size} bytes, above the limit of {most}; remove it")
        return file.read(size)


def opened(folder: Path, name: str | Path, flags: int) -> Opened:
    """Return a regular file below a folder, as `os.open` opens it with `flags`, reached through no link.

    Raises:
        FileNotFoundError: it is not there, and the flags do not make it.
        UserError: it is something else, or cannot be opened.
    """
    *parents, last = Path(name).parts
    if Path(name).is_absolute() or ".." in parents:
        raise UserError(f"{folder}: {name} is outside")
    path = folder
    for parent in parents:
        path = path / parent
        require(path, stat.S_IFDIR)
    path = path / last
    try:
        require(path, stat.S_IFREG)  # before it is opened, since that alone makes some devices act
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
        mode = "rb" if flags == os.O_RDONLY else "ab" if flags & os.O_APPEND else "r+b"
        file = cast(Opened, os.fdopen(descriptor, mode))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UserError(f"{path}: cannot be opened ({error.strerror})") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # changed in between
        file.close()
        raise UserError(f"{path}: no file; remove it")
    return file


def memory() -> int:
    """Return this machine's memory in bytes: no file that is read as a whole can be larger."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def require(path: Path, kind: int) -> None:
    """Refuse what is there and of another kind.

    Raises:
        UserError: such a thing.
    """
    try:
        found = stat.S_IFMT(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if found != kind:
        raise UserError(f"{path}: {KINDS[found]} where {KINDS[kind]} belongs; remove it")


def parse(text: bytes | str, load: Callable[[Any], Any] = json.loads) -> Any:
    """Return what JSON, or by another `load` YAML, stands for.

    Raises:
        ValueError: it is none, or has more than DEEP levels or MANY values, each alias of YAML's written out.
    """
    try:
        text = text.decode() if isinstance(text, bytes) else text
        value = load(text)
    except RecursionError as error:
        raise ValueError("too many levels") from error
    if load is json.loads and text.count("{") + text.count("[") <= DEEP:
        return value  # decided fast for a row of metrics, of which there are many
    waiting, count = [(value, 1)], 0
    while waiting:
        each, level = waiting.pop()
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list | tuple) else ()
        count += 1
        if level > DEEP or count + len(inner) > MANY:
            raise ValueError(f"more than {DEEP} levels or {MANY} values")
        waiting += [(value, level + 1) for value in inner]
    return value
