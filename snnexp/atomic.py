"""Files that are whole or not there, whenever the process is killed."""

import os
from pathlib import Path


def write(path: Path, data: bytes | memoryview) -> None:
    """Write a file so that a reader sees the old content or the new, never a part, also after a loss of power.

    A file has one writer at a time: the temporary file beside it has a fixed name, so that none is left to pile up.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
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
