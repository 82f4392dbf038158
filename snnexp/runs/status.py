"""What state a run's folder is in, and which process holds it; read without importing torch."""

import json
import os
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from snnexp.errors import UserError
from snnexp.files import atomic, locks, reading
from snnexp.files.reading import Opened

Status = Literal["running", "done", "failed", "preempted"]
MOST = 2**20  # bytes of `status.json`


def now() -> str:
    """Return the time of day, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def mark(folder: Path, status: Status, cause: str = "") -> None:
    """Write `status.json`, with the cause where a run failed."""
    content = {"status": status, "process": os.getpid(), "host": socket.gethostname(), "time": now()}
    content |= {"cause": cause} if cause else {}
    atomic.write(folder / "status.json", (json.dumps(content) + "\n").encode())


def read(folder: Path) -> dict[str, Any]:
    """Return the content of `status.json`; empty where there is none.

    Raises:
        UserError: something else is there.
    """
    try:
        data = reading.read(folder, "status.json", MOST)
    except FileNotFoundError:
        return {}
    try:
        content = reading.parse(data)
        if content["status"] in get_args(Status):
            return content
    except (ValueError, KeyError, TypeError):
        pass
    raise UserError(f"{folder / 'status.json'}: states no status; remove it, and the same `snnexp train` resumes")


def read_status(folder: Path) -> str:
    """Read a folder's status, `stopped` where no process holds a running one; "" where it states none."""
    status = str(read(folder).get("status", ""))
    return "stopped" if status == "running" and not is_held(folder) else status


def read_cause(folder: Path) -> str:
    """Return why the run of a folder failed; "" where it did not."""
    return str(read(folder).get("cause", ""))


def is_finished(folder: Path) -> bool:
    """Return whether a folder's run has come to its end."""
    return read_status(folder) == "done" and (folder / "result.json").exists()


def is_held(folder: Path) -> bool:
    """Return whether a process, here or on another machine, has the lock on a folder."""
    try:
        with reading.opened(folder, "lock", os.O_RDONLY) as lock:
            return not locks.take(lock, shared=True)
    except FileNotFoundError:
        return False


def wait(folder: Path) -> None:
    """Return when no process has the lock on a folder."""
    with reading.opened(folder, "lock", os.O_RDONLY) as lock:
        locks.wait_for(lock, shared=True)


def acquire(folder: Path) -> Opened:
    """Return the lock on a folder, which the system releases when the process ends, however it ends.

    Raises:
        UserError: another process holds it, or it is no file of its own.
        RunError: the disk is full.
    """
    path = folder / "lock"
    lock = reading.opened(folder, "lock", os.O_RDWR | os.O_CREAT)
    if not take(lock):
        with lock:
            holder = lock.read(200).decode(errors="replace").strip() or "another process"
        raise UserError(f"{folder}: in use by {holder}; wait for it or end it, or choose another seed")
    if os.fstat(lock.fileno()).st_nlink > 1:
        lock.close()
        raise UserError(f"{path}: has another name, whose content would be lost; remove it")
    holder = f"process {os.getpid()} on {socket.gethostname()}\n"
    try:
        os.ftruncate(lock.fileno(), 0)
        os.write(lock.fileno(), holder.encode())
    except OSError as error:
        lock.close()
        raise atomic.unwritten(path, len(holder), error) from error
    atomic.remove_unfinished(folder)
    return lock


def take(lock: Opened) -> bool:
    """Return whether the lock could be had; `is_held` has it too, for a moment, so that one refusal is no answer."""
    for _ in range(10):
        if locks.take(lock):
            return True
        time.sleep(0.05)
    return False


def find(run: str, runs_dir: str = "runs") -> Path:
    """Return the folder of a run given by its path, or by its folder's name or the beginning of that.

    Raises:
        UserError: none such, or several.
    """
    if (Path(run) / "config.yaml").exists():
        return Path(run)
    found = [path.parent for path in sorted(Path(runs_dir).glob("*/*/config.yaml")) if path.parent.name.startswith(run)]
    found = [folder for folder in found if folder.name == run] or found  # ID-s1 is also the beginning of ID-s10
    if len(found) == 1:
        return found[0]
    several = f"several runs: {', '.join(map(str, found))}" if found else f"no run there, nor in {runs_dir}"
    raise UserError(f"{run}: {several}; `snnexp ls runs` lists them")
