"""Jobs as processes of their own on this machine: what kills one touches no other."""

import os
import signal
import sys
from collections.abc import Iterable, Mapping
from subprocess import DEVNULL, PIPE, Popen
from types import FrameType, TracebackType

from snnexp.errors import PREEMPTED, RunError, one_line
from snnexp.machine.signals import ASKING
from snnexp.sweeps.jobs import Job
from snnexp.sweeps.nursery import FORKS, Forked, Nursery


class Processes:
    """Trains jobs, each by a `snnexp train` of its own; a signal to this process is handed to all of them.

    They then save and end, none is started after them, and leaving raises `KeyboardInterrupt`.
    """

    def __init__(self, nursery: Nursery) -> None:
        self.running: set[Popen[str] | Forked] = set()
        self.nursery = nursery
        self.stopped = False

    def __enter__(self) -> "Processes":
        self.before = {number: signal.signal(number, self.stop) for number in ASKING}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
        if self.stopped:
            raise KeyboardInterrupt

    def stop(self, number: int, _: FrameType | None) -> None:
        """Pass a signal on."""
        self.stopped = True
        for process in list(self.running):
            process.send_signal(number)

    def train(self, job: Job, environment: Mapping[str, str] | None = None) -> str:
        """Train a job to its end; returns why that failed, "" where it did not."""
        if self.stopped:
            return "not started"
        try:
            process = self.start(job, {**os.environ, **job.environment, **(environment or {})})
        except RunError as error:
            return one_line(error)
        with process:
            self.running.add(process)
            if self.stopped:
                process.send_signal(signal.SIGTERM)
            last = relay(process.stderr or ())
        self.running.remove(process)
        why = cause(process.returncode, last)
        if not self.stopped:
            job.settle(why)
        return why

    def start(self, job: Job, environment: Mapping[str, str]) -> "Popen[str] | Forked":
        """Start a process in a group of its own: Ctrl-C reaches it once, by `stop`, since a second one would end it."""
        if FORKS:
            return self.nursery.start(job.command[1:], environment)
        command = [sys.executable, "-m", *job.command]
        return Popen(
            command, env=environment, stdout=DEVNULL, stderr=PIPE, text=True, errors="replace", process_group=0
        )


def relay(lines: Iterable[str]) -> str:
    """Print lines on standard error as they come; returns the last one."""
    last = ""
    for line in lines:
        sys.stderr.write(line)
        last = line.strip() or last
    return last


def cause(status: int, last: str) -> str:
    """Return why a process failed, by its exit status and its last line; "" where it did not."""
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    if status == PREEMPTED:
        return last.removeprefix("snnexp: ")
    return last.removeprefix("snnexp: ") if status else ""
