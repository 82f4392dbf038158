"""Files that are whole or not there, whenever the process is killed."""

import errno
import os
import secrets
from pathlib import Path

from snnexp.errors import RunError, UserError

REMEDIES = {
    errno.ENOENT: "its folder is not there: make it, or put it back",
    errno.EROFS: "make the disk writable",
    errno.EACCES: "make the folder writable",
}


def write(path: Path, data: bytes | memoryview) -> None:
    """Write a file so that a reader sees the old content or the new, never a part, also after a loss of power.

    Until it is whole it has a name that nobody can guess, and what has its own name then is replaced: no link that
    was planted there is followed.

    Raises:
        RunError: there is no room, or no right to write; the old content stays.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise unwritten(path, len(data), error) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def remove_unfinished(folder: Path) -> None:
    """Remove what writers that were killed have left in a folder; nobody else may be writing there."""
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)


def subfolder(folder: Path, name: str) -> Path:
    """Return a folder below another one, made where it is not there.

    Raises:
        UserError: it is a link, which may lead anywhere.
        OSError: it cannot be made.
    """
    path = folder / name
    if path.is_symlink():
        raise UserError(f"{path}: a link, through which nothing is written; remove it")
    path.mkdir(exist_ok=True)
    return path


def sync_folder(folder: Path) -> None:
    """Make the names of a folder's files durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unwritten(path: Path, size: int, error: OSError) -> RunError:
    """Return the error for a file that could not be written, with its size in bytes."""
    remedy = REMEDIES.get(error.errno or 0, "make room")
    return RunError(
        f"{path}: {size} bytes cannot be written ({error.strerror or error}); {remedy}, then the same command again"
    )
