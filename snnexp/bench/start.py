"""`snnexp bench start`: seconds of a command to its first training step on digits, and of others that hardly train."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from snnexp.bench.base import BenchRow, Measured
from snnexp.bench.base.options import keep, parse
from snnexp.bench.base.rows import environment, spread
from snnexp.config.compose import compose
from snnexp.runs import versions

TRAIN = """
import os, sys
from snnexp.commands import main
from snnexp.training.step import Step
step = Step.__call__

def only(self, *given):
    step(self, *given)
    self.watch.found()  # waits for the device
    os._exit(0)

Step.__call__ = only
sys.exit(main(["train", *sys.argv[1:]]))
"""
TIMES = 3  # of each case, so that all benchmarks stay within their nine minutes
TINY = ("trainer.epochs=1", "backbone.width=2", "T=1")
COMMANDS = {
    "wrong key": ("train", *TINY, "trainer.epoch=3"),
    "dry run of 200 jobs": ("sweep", *TINY, "seed=range(200)", "--dry-run"),
    "sweep of four tiny jobs": ("sweep", *TINY, "seed=range(4)"),
}
CASES = {"kernels kept": (), "kernels compiled": ("XDG_CACHE_HOME", "TRITON_CACHE_DIR")}


def main(arguments: list[str]) -> int:
    """Measure, print and store the rows."""
    given = parse(arguments)
    return keep(given, "start", measure(given.device, 1 if given.quick else TIMES))


def measure(device: str, times: int) -> Iterator[BenchRow]:
    """A row with the kernels of an earlier run, one that compiles them each time, and one of each other command."""
    first_step(device, ())
    for case, caches in CASES.items():
        yield row(case, device, [first_step(device, caches) for _ in range(times)])
    for case, words in COMMANDS.items():
        yield row(case, device, [whole(device, words) for _ in range(times)], *TINY)


def row(case: str, device: str, seconds: list[float], *overrides: str) -> BenchRow:
    """The row of a case with these overrides."""
    config = compose([f"device={device}", *overrides]).config
    N, T = config["trainer"]["batch_size"], config["T"]
    who = {"contender": "snnexp", "package": "snnexp", "version": versions.installed("snnexp"), "memory": "kept"}
    columns = environment(device) | who | {"shape": f"{N}x1x8x8", "T": T, "N": N} | spread(Measured(seconds, None))
    return BenchRow(benchmark="start", case=case, dtype="float32", layout="channels_last", **columns)


def whole(device: str, words: tuple[str, ...]) -> float:
    """Seconds of a command from its beginning to its end, with no run of an earlier one."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "snnexp", *words, f"device={device}", f"runs_dir={folder}"]
        begin = time.perf_counter()
        subprocess.run(command, capture_output=True)
        return time.perf_counter() - begin


def first_step(device: str, caches: tuple[str, ...]) -> float:
    """Seconds until a new process has trained on a batch; the caches that these variables name are empty then."""
    with TemporaryDirectory() as folder:
        empty = {name: str(Path(folder) / name) for name in caches}
        command = [sys.executable, "-c", TRAIN, f"device={device}", f"runs_dir={folder}"]
        begin = time.perf_counter()
        subprocess.run(command, env=os.environ | empty, check=True, capture_output=True)
        return time.perf_counter() - begin
