"""`snnexp bench start`: seconds of a command to its first training step on digits, and of others that hardly train.

Runs that some of these find done are only written down: nothing here depends on what they have reached.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE
from tempfile import TemporaryDirectory

from snnexp import tables
from snnexp.bench.base import BenchRow, Measured
from snnexp.bench.base.rows import environment, spread
from snnexp.config.compose import compose
from snnexp.runs import versions
from snnexp.runs.run import Run
from snnexp.sweeps.jobs import expand

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
MANY = (*TINY, "seed=range(200)")
TABLE = ("rmp_ablation", "small")
REACHED = {"test_accuracy": 0.5, "firing_rate": 0.5, "quantization_error": 0.5, "seconds": 0.5}
REACHED |= {"best_epoch": 0, "data": ""}
COMMANDS = {
    "wrong key": ("snnexp", "train", *TINY, "trainer.epoch=3"),
    "dry run of 200 jobs": ("snnexp", "sweep", *MANY, "--dry-run"),
    "first line of 1,000 jobs": ("snnexp", "sweep", *TINY, "seed=range(1000)", "--dry-run"),
    "sweep of four tiny jobs": ("snnexp", "sweep", *TINY, "seed=range(4)"),
}
DONE = {
    "sweep of 200 jobs done": ("snnexp", "sweep", *MANY),
    "table of finished runs": ("snnexp", "table", TABLE[0], "--scale", TABLE[1]),
}
CASES = {"kernels kept": (), "kernels compiled": ("XDG_CACHE_HOME", "TRITON_CACHE_DIR")}


def measure(device: str, quick: bool) -> Iterator[BenchRow]:
    """Yield a row with cached kernels, one that compiles them each time, and one of each other command."""
    times = 1 if quick else TIMES
    first_step(device, ())
    for case, caches in CASES.items():
        yield row(case, device, [first_step(device, caches) for _ in range(times)])
    for case, words in COMMANDS.items():
        yield row(case, device, [whole(words, device) for _ in range(times)], *TINY)
    with TemporaryDirectory() as folder:
        finish(device, folder)
        for case, words in DONE.items():
            yield row(case, device, [whole(words, device, folder) for _ in range(times)], *TINY)
    yield row("import scipy.special", device, [seconds(["-c", "import scipy.special"]) for _ in range(times)], *TINY)


def row(case: str, device: str, seconds: list[float], *overrides: str) -> BenchRow:
    """Return the row of a case with these overrides."""
    config = compose([f"device={device}", *overrides]).config
    N, T = config["trainer"]["batch_size"], config["T"]
    who = {"contender": "snnexp", "package": "snnexp", "version": versions.installed("snnexp"), "memory": "kept"}
    columns = environment(device) | who | {"shape": f"{N}x1x8x8", "T": T, "N": N} | spread(Measured(seconds, None))
    return BenchRow(benchmark="start", case=case, dtype="float32", layout="channels_last", **columns)


def whole(words: Sequence[str], device: str, runs_dir: str | None = None) -> float:
    """Return the seconds of a command, with the runs of a folder, or with none."""
    with TemporaryDirectory() as empty:
        arguments = ["-m", *words, f"device={device}", f"runs_dir={runs_dir or empty}"]
        return seconds(arguments, to_first_line="seed=range(1000)" in words)


def seconds(arguments: Sequence[str], to_first_line: bool = False) -> float:
    """Return the seconds of a new Python, to its end or to the first line that it prints."""
    begin = time.perf_counter()
    with subprocess.Popen([sys.executable, *arguments], stdout=PIPE, stderr=DEVNULL) as process:
        assert process.stdout is not None
        if to_first_line:
            process.stdout.readline()
            took = time.perf_counter() - begin
            process.kill()
            return took
        process.communicate()
        return time.perf_counter() - begin


def finish(device: str, runs_dir: str) -> None:
    """Write down the runs that are found done."""
    rows = tables.request(*TABLE, [f"device={device}", f"runs_dir={runs_dir}"]).rows
    several = [[*MANY, f"device={device}", f"runs_dir={runs_dir}"], *(row.words(row.seeds) for row in rows)]
    for job in (job for overrides in several for job in expand(overrides)):
        with Run.open(job.composed, job.identity) as run:
            run.finish(REACHED)


def first_step(device: str, caches: tuple[str, ...]) -> float:
    """Return the seconds until a new process has trained on a batch; these variables' caches begin empty."""
    with TemporaryDirectory() as folder:
        empty = {name: str(Path(folder) / name) for name in caches}
        command = [sys.executable, "-c", TRAIN, f"device={device}", f"runs_dir={folder}"]
        begin = time.perf_counter()
        subprocess.run(command, env=os.environ | empty, check=True, capture_output=True)
        return time.perf_counter() - begin
