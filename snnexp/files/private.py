"""Folders of a cache that only its user can write: what lies there is used as the user's own."""

import os
import stat
from pathlib import Path


class Shared(OSError):
    """A folder that others can write."""


def private(folder: Path) -> Path:
    """Return a folder that only this user can write, made where it is not there.

    Raises:
        Shared: others can, or it is a link.
        OSError: it cannot be made, or not be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise Shared(f"{folder} is not used: others can write it; remove it, or set XDG_CACHE_HOME")
    if not os.access(folder, os.W_OK):
        raise OSError(f"{folder} cannot be written")
    return folder
