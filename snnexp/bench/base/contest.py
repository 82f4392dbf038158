"""Contenders in a process each, timed in turns: no one's allocator, threads or caches help or hinder another."""

import importlib
import itertools
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Literal

import torch

from snnexp.bench.base.cases import Case
from snnexp.bench.base.timing import Measured, Memory, seconds
from snnexp.machine.packages import install

log = logging.getLogger(__name__)
Kept = Literal["default", "kept"]


@dataclass(frozen=True)
class Contender:
    """`module` below `snnexp.bench.contenders` makes the run in its `variant`; `package` gives the version.

    Memory "kept": glibc is set to keep freed memory, as `snnexp train` sets it; "default": as Python starts.
    `layout` is that of a network's images. `copies` run at once, of which the slowest counts; `spin` is how many turns
    libgomp's waiting threads spin, None: as many as snnexp lets them.
    """

    name: str
    module: str
    package: str
    variant: str = ""
    memory: Kept = "default"
    layout: str = "contiguous"
    copies: int = 1
    spin: int | None = None


class Contest:
    """Processes of the contenders, alive within a `with` block. One that cannot take part is left out, and said."""

    def __init__(self, contenders: list[Contender], warmups: int, rounds: int, repeats: int) -> None:
        self.contenders = [each for each in contenders if installed(each)]
        self.warmups, self.rounds, self.repeats = warmups, rounds, repeats
        self.connections: dict[Contender, list[Connection]] = {}

    def __enter__(self) -> "Contest":
        self.processes = []
        for contender in self.contenders:
            with spinning(contender.spin):
                self.connections[contender] = [self.start(contender) for _ in range(contender.copies)]
        return self

    def start(self, contender: Contender) -> Connection:
        """Start a process of a contender's."""
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, contender), daemon=True)
        process.start()
        theirs.close()
        self.processes.append(process)
        return ours

    def __exit__(self, *error: object) -> None:
        for connection in itertools.chain(*self.connections.values()):
            connection.close()
        for process in self.processes:
            process.join(timeout=10)
            process.kill()

    def measure(self, case: Case) -> dict[Contender, Measured]:
        """Time all contenders on one case: `repeats` times each in every round, after one run that does not count.

        Who fails in a round is left out, so that rounds can be compared one by one.
        """
        ready = [each for each in list(self.connections) if self.ask(each, "prepare", case, self.warmups)]
        times: dict[Contender, list[float]] = {each: [] for each in ready}
        for _ in range(self.rounds):
            for contender in ready:
                times[contender] += map(max, zip(*self.ask(contender, "time", self.repeats), strict=True))
        whole = [each for each in ready if len(times[each]) == self.rounds * self.repeats]
        memory = {each: (self.ask(each, "peak") or [(None, None)])[0] for each in whole}
        return {each: Measured(times[each], *memory[each], repeats=self.repeats) for each in whole}

    def ask(self, contender: Contender, *message: Any) -> list[Any]:
        """Ask a contender's copies at once and return their answers; none where it failed, which is printed."""
        connections = self.connections.get(contender, [])
        try:
            for connection in connections:
                connection.send(message)
            answers = [connection.recv() for connection in connections]
        except (EOFError, OSError):
            answers = [RuntimeError("its process has died")]
            self.connections.pop(contender)
        for answer in answers:
            if isinstance(answer, Exception):
                log.warning("%s (%s): left out, %s", contender.name, message[0], answer)
                return []
        return answers


@contextmanager
def spinning(turns: int | None) -> Iterator[None]:
    """Let the waiting threads of processes that are started within the block spin so many turns."""
    before = {name: os.environ[name] for name in {"GOMP_SPINCOUNT"} & os.environ.keys()}
    os.environ.update({} if turns is None else {"GOMP_SPINCOUNT": str(turns)})
    try:
        yield
    finally:
        os.environ.pop("GOMP_SPINCOUNT", None)
        os.environ.update(before)


def installed(contender: Contender) -> bool:
    """Return whether its package is there."""
    if find_spec(contender.package):
        return True
    log.warning("%s: left out, %s is missing: %s", contender.name, contender.package, install("bench"))
    return False


def serve(connection: Connection, contender: Contender) -> None:
    """Answer `Contest.ask` in a contender's process until the connection is closed."""
    from snnexp.machine.allocator import keep_memory

    if contender.memory == "kept":
        keep_memory()
    table = Stand(contender)
    while True:
        try:
            name, *arguments = connection.recv()
        except EOFError:
            return
        try:
            connection.send(getattr(table, name)(*arguments))
        except Exception as error:  # one contender's failure must not end the others' measurement
            connection.send(RuntimeError(f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"))


def nothing() -> None:
    """Do nothing, as a run that is timed."""


class Stand:
    """One contender at work: what `Contest` asks for by name."""

    def __init__(self, contender: Contender) -> None:
        self.contender = contender

    def prepare(self, case: Case, warmups: int) -> str:
        """Make the run of a case and warm it up."""
        self.run = nothing  # so that the last case's tensors are freed before
        self.device, self.by_device = case.device, case.kind == "lif"
        module = importlib.import_module(f"snnexp.bench.contenders.{self.contender.module}")
        self.run = getattr(module, case.kind)(case, self.contender.variant)
        seconds(self.run, case.device, warmups)
        self.memory = Memory(case.device)
        return "ready"

    def time(self, repeats: int) -> list[float]:
        """Time `repeats` runs in seconds, after one that is not counted, and free its memory."""
        found = seconds(self.run, self.device, 1 + repeats, by_device=self.by_device)[1:]
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()
        return found

    def peak(self) -> tuple[int | None, int | None]:
        """Return the memory that a run needed."""
        return self.memory.peak()
