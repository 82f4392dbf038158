"""What state a run's folder is in, and which process holds it; read without importing torch."""

import fcntl
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TextIO

from snnexp import atomic
from snnexp.errors import UserError

Status = Literal["running", "done", "failed", "preempted"]


def now() -> str:
    """The time of day, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def mark(folder: Path, status: Status) -> None:
    """Write `status.json`."""
    content = {"status": status, "process": os.getpid(), "host": socket.gethostname(), "time": now()}
    atomic.write(folder / "status.json", (json.dumps(content) + "\n").encode())


def read_status(folder: Path) -> str:
    """The status that a folder states, `stopped` where its process is gone; "" where it states none."""
    try:
        content = json.loads((folder / "status.json").read_bytes())
        gone = content["host"] == socket.gethostname() and not is_alive(content["process"])
        return "stopped" if content["status"] == "running" and gone else str(content["status"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return ""


def is_finished(folder: Path) -> bool:
    """Whether a folder's run has come to its end."""
    return read_status(folder) == "done" and (folder / "result.json").exists()


def is_alive(process: int) -> bool:
    """Whether a process of that number is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def acquire(folder: Path) -> TextIO:
    """The lock on a folder, which the system releases when the process ends, however it ends.

    Raises:
        UserError: another process holds it.
    """
    lock = (folder / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with lock:
            lock.seek(0)
            holder = lock.read().strip() or "another process"
        raise UserError(f"{folder}: in use by {holder}; wait for it or end it, or choose another seed") from None
    lock.truncate(0)
    lock.write(f"process {os.getpid()} on {socket.gethostname()}\n")
    lock.flush()
    return lock


def find(run: str, runs_dir: str = "runs") -> Path:
    """The folder of a run given by its path, or by the beginning of its folder's name.

    Raises:
        UserError: none such, or several.
    """
    if (Path(run) / "config.yaml").exists():
        return Path(run)
    found = [path.parent for path in sorted(Path(runs_dir).glob("*/*/config.yaml")) if path.parent.name.startswith(run)]
    if len(found) == 1:
        return found[0]
    several = f"several runs: {', '.join(map(str, found))}" if found else f"no run there, nor in {runs_dir}"
    raise UserError(f"{run}: {several}; `snnexp ls runs` lists them")
