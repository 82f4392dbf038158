"""Locks on open files, which the system releases when the process that holds one ends, however it ends."""

import fcntl

from snnexp.files.reading import Opened


def wait_for(file: Opened, *, shared: bool = False) -> None:
    """Lock a file as soon as no other process does; several may share a lock."""
    fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)


def take(file: Opened, *, shared: bool = False) -> bool:
    """Lock a file; False where another process has it."""
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
