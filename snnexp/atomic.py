"""Files that are whole or not there, whenever the process is killed."""

import os
from pathlib import Path

from snnexp.errors import RunError


def write(path: Path, data: bytes | memoryview) -> None:
    """Write a file so that a reader sees the old content or the new, never a part, also after a loss of power.

    A file has one writer at a time: the temporary file beside it has a fixed name, so that none is left to pile up.

    Raises:
        RunError: there is no room, or no right to write; the old content stays.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
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


def sync_folder(folder: Path) -> None:
    """Make the names of a folder's files durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unwritten(path: Path, size: int, error: OSError) -> RunError:
    """The error for a file that could not be written, with its size in bytes."""
    return RunError(
        f"{path}: {size} bytes cannot be written ({error.strerror or error}); make room, then the same command again"
    )
