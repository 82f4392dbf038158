"""Forks jobs from one process that has imported what all of them need: each begins at once.

Jobs on a GPU, too: this process has imported torch and asks for no device, so that CUDA begins in each job. What CUDA
holds of a process is lost when it is forked, and torch refuses to go on there.
"""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from subprocess import DEVNULL, Popen
from typing import NoReturn, TextIO

from snnexp.config.compose import compose
from snnexp.errors import RunError
from snnexp.machine.devices import Machine

SERVE = """\
import sys
from snnexp.commands import main
from snnexp.sweeps.nursery import serve
serve(int(sys.argv[1]), main)
"""
FORKS = sys.platform == "linux"  # macOS' libraries bear no fork
# What a training imports; the second is torch's doing, when it makes an optimizer.
NEEDED = ("snnexp.training.run", "torch._dynamo", "torch.utils.tensorboard")


Main = Callable[[list[str]], int]


class Forked:
    """A job's process, for who requested it: as `subprocess.Popen` as far as it goes.

    Raises:
        RunError: the process that it should be forked from has ended.
    """

    def __init__(self, stderr: TextIO, report: TextIO) -> None:
        self.stderr, self.report = stderr, report
        self.returncode = 1  # where the process that waits for it is lost
        number = report.readline()
        if not number:
            self.__exit__()
            raise RunError("the process that jobs are forked from was killed, as for want of memory; not started")
        self.pid = int(number)

    def __enter__(self) -> "Forked":
        return self

    def __exit__(self, *error: object) -> None:
        self.returncode = int(self.report.readline() or self.returncode)
        self.stderr.close()
        self.report.close()

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


class Nursery:
    """The process that jobs are forked from, which starts with the first of them, or when that is requested."""

    def __init__(self) -> None:
        self.process: Popen[bytes] | None = None
        self.lock = threading.Lock()

    def prepare(self) -> None:
        """Start the process, which takes seconds beside what else is to do before the first job."""
        with self.lock:
            self.connect()

    def start(self, words: Sequence[str], environment: Mapping[str, str]) -> Forked:
        """Start `snnexp WORDS` in a process, a group and an environment of its own; its standard output is lost."""
        stderr, report = os.pipe(), os.pipe()
        with self.lock:
            connection = self.connect()
            with suppress(ConnectionError):  # it has ended, which `Forked` reports
                connection.send((list(words), dict(environment), os.getcwd()))
                for _, end in (stderr, report):
                    send_handle(connection, end, 0)
            for _, end in (stderr, report):
                os.close(end)
        return Forked(*(open(end, errors="replace") for end, _ in (stderr, report)))

    def connect(self) -> Connection:
        """Return the way to the process, which is started where there is none."""
        if self.process is None or self.process.poll() is not None:
            self.connection, theirs = Pipe()
            end = theirs.fileno()
            command = [sys.executable, "-c", SERVE, str(end)]
            self.process = Popen(command, stdin=DEVNULL, pass_fds=[end], process_group=0)
            theirs.close()
        return self.connection

    def close(self) -> None:
        """End the process, be it ready or not; its jobs continue."""
        with self.lock:
            if self.process is not None:
                self.connection.close()
                self.process.kill()
                self.process.wait()
                self.process = None


def serve(end: int, main: Main) -> None:
    """Run as that process: fork a job for each message, until nobody is left to send one."""
    connection = Connection(end)
    for name in NEEDED:
        import_module(name)
    compose(["device=cpu", "threads=1"], machine=Machine("cpu", 1))  # what Hydra keeps of it serves other configs, too
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait for jobs
    while True:
        try:
            words, environment, folder = connection.recv()
        except (EOFError, ConnectionError):
            return
        stderr, report = recv_handle(connection), recv_handle(connection)
        if os.fork() == 0:
            connection.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            job = partial(work, main, words, environment, folder, stderr, report)
            watch(job, stderr, report)
        os.close(stderr)
        os.close(report)


def watch(job: Callable[[], NoReturn], stderr: int, report: int) -> NoReturn:
    """Fork a job, and report its number, and its exit status in the end, whatever ends it.

    It ends as processes of `multiprocessing` do, without taking down what it shares with the process it was forked
    from: that would copy all of it, which takes longer than a short training.
    """
    process = get_context("fork").Process(target=job)
    process.start()
    os.close(stderr)
    os.write(report, f"{process.pid}\n".encode())
    process.join()
    os.write(report, f"{process.exitcode}\n".encode())
    os._exit(0)


def work(
    main: Main, words: Sequence[str], environment: Mapping[str, str], folder: str, stderr: int, report: int
) -> NoReturn:
    """Run as the job."""
    os.close(report)
    os.setpgid(0, 0)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(stderr, 2)
    os.close(stderr)
    try:
        sys.exit(main(list(words)))
    finally:
        atexit._run_exitfuncs()  # as behind every command; `multiprocessing` leaves them out
