"""Starts `snnexp train` as processes of their own, forked from one that has imported all: they begin at once."""

import itertools
import json
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TextIO

from torch import Tensor

from snnexp.commands import main
from snnexp.errors import UserError
from snnexp.runs import run as runs
from snnexp.runs.results import read_result
from snnexp.training.step import Step

TIMES = {"seconds", "samples_per_second"}
SMALL = ["backbone.width=2", "T=2", "device=cpu", "trainer.epochs=3", "trainer.batch_size=128"]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["snnexp.training.run", "torch._inductor", "torch.utils.tensorboard", "composed"])


def start(said: Path, *words: str, **options) -> BaseProcess:
    """A training that writes what it says into a file; the options are those of `train`."""
    process = FORKS.Process(target=train, args=(said, [*SMALL, *words]), kwargs=options)
    process.start()
    return process


def train(
    said: Path,
    words: list[str],
    dies_at: int | None = None,
    limit: int | None = None,
    timed: bool = False,
    signals: Mapping[int, Sequence[int]] = {},
    environment: Mapping[str, str] = {},
) -> None:
    """`snnexp train`, within the new process.

    `dies_at` is the moment of a write at which it is killed, counted from 0; `limit` the bytes that a file may have;
    `timed` makes a process that is refused a folder say how long after reaching its lock; `signals` come within a step
    of the whole training, counted from 0; `environment` is added to what the test has in its own.
    """
    os.environ.update(environment)
    with said.open("w") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    if dies_at is not None:
        die_at(dies_at)
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    if signals:
        Step.__call__ = interrupted(Step.__call__, signals)
    if timed:
        runs.acquire = refusing(runs.acquire)
    sys.exit(main(["train", *words]))


def refusing(acquire: Callable) -> Callable:
    """`status.acquire`, which says how long it took where it refuses."""

    def called(folder: Path) -> TextIO:
        begin = time.monotonic()
        try:
            return acquire(folder)
        except UserError:
            print(f"left the lock after {time.monotonic() - begin:.3f} s", flush=True)
            raise

    return called


def interrupted(call: Callable, signals: Mapping[int, Sequence[int]]) -> Callable:
    """A training step within which signals come."""

    def called(self: Step, x: Tensor, y: Tensor, step: int) -> None:
        for number in signals.get(step, ()):
            os.kill(os.getpid(), number)
        call(self, x, y, step)

    return called


def die_at(moment: int) -> None:
    """Be killed at a moment of those before and behind each call that makes a file durable or removes one."""
    moments = itertools.count()

    def reach() -> None:
        if next(moments) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def mortal(call: Callable) -> Callable:
        def called(*given, **keywords):
            reach()
            done = call(*given, **keywords)
            reach()
            return done

        return called

    os.fsync, os.replace, os.unlink = mortal(os.fsync), mortal(os.replace), mortal(os.unlink)


def outcome(folder: Path) -> tuple[bytes, list[dict], dict]:
    """Weights, rows and figures of the one run below a folder, less its times."""
    (run,) = folder.glob("*/*")
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    figures = {name: value for name, value in read_result(run).items() if "accuracy" in name or name == "layers"}
    kept = [{name: value for name, value in row.items() if name not in TIMES} for row in rows]
    return (run / "model.safetensors").read_bytes(), kept, figures
