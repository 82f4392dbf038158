"""Jobs of a sweep on a simulated device: forked from one process that has not used it, and several at a time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from trainings import outcome

from snnexp.runs.status import is_finished, read

SITE = Path(__file__).with_name("site")
# A neuron without kernels, which Triton's interpreter takes most of a minute for.
SMALL = ["device=cuda", "neuron=klif", "T=1", "backbone.width=2", "trainer.epochs=20", "trainer.batch_size=720"]
SHARED = ["hydra/launcher=joblib", "hydra.launcher.jobs_per_gpu=2", "seed=1,2"]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    """Starts `snnexp WORDS` on one device; what has not ended with the test is killed."""
    own = {"PYTHONPATH": f"{environment['PYTHONPATH']}{os.pathsep}{SITE}", "CUDA_VISIBLE_DEVICES": "0"}
    started = []

    def called(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "snnexp", *words]
        piped = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        started.append(subprocess.Popen(command, env=environment | own, **piped))
        return started[-1]

    yield called
    for process in started:
        with process:
            process.kill()


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    said, _ = process.communicate()
    return process.returncode, said


def first(found: Callable[[], list[Path]], process: subprocess.Popen[str]) -> Path:
    """The first of what a function finds, once it finds any."""
    while not (paths := found()):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    return paths[0]


@pytest.mark.slow
def test_jobs_share_a_device_and_a_killed_one_leaves_the_other(start: Start, tmp_path: Path):
    afresh = [start("train", *SMALL, f"seed={seed}", f"runs_dir={tmp_path / str(seed)}") for seed in (1, 2)]
    words = ["sweep", *SMALL, *SHARED, f"runs_dir={tmp_path / 'swept'}"]
    sweep = start(*words)
    began = first(lambda: [path for path in tmp_path.glob("swept/*/*/metrics.jsonl") if path.read_text()], sweep).parent
    os.kill(read(began)["process"], signal.SIGSTOP)
    # The other one ends while the first one holds its place on the device.
    ended = first(lambda: [path for path in began.parent.glob("*-s*") if is_finished(path)], sweep)
    assert ended != began
    os.kill(read(began)["process"], signal.SIGKILL)
    status, said = end(sweep)
    assert status == 1 and "killed by SIGKILL" in said, said
    for process in (start(*words, "--retry-failed"), *afresh):
        status, said = end(process)
        assert status == 0, said
    for seed in (1, 2):
        swept = tmp_path / f"swept {seed}" / "quickstart"
        swept.mkdir(parents=True)
        next(tmp_path.glob(f"swept/*/*-s{seed}")).rename(swept / "run")
        assert outcome(swept.parent) == outcome(tmp_path / str(seed))
