"""Sweeps of digits under a real SLURM of one node."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

import snnexp
from snnexp.runs.checkpoint import WEIGHTS
from snnexp.runs.status import read_status

ROOT = Path(snnexp.__file__).parents[1]
SMALL = ["trainer.epochs=8", "backbone.width=2", "T=2", "device=cpu"]
SLURM = ["hydra/launcher=submitit_slurm", "hydra.launcher.gpus_per_node=0", "hydra.launcher.cpus_per_task=1"]
pytestmark = pytest.mark.slow


class Sweep:
    """A sweep that runs, and what SLURM tells of its jobs."""

    def __init__(self, slurm: dict[str, str], folder: Path, *words: str) -> None:
        self.environment, self.runs = slurm | {"PYTHONPATH": str(ROOT)}, folder / "runs"
        command = [sys.executable, "-m", "snnexp", "sweep", *SMALL, f"runs_dir={self.runs}", *words]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ask(self, *command: str) -> str:
        return subprocess.run(command, env=self.environment, capture_output=True, text=True).stdout.strip()

    def job_of_first(self) -> str:
        """SLURM's name of the job of seed 1, once it has saved a state."""
        while not list(self.runs.glob("*/*-s1/checkpoint-*.pt")):
            assert self.process.poll() is None
            time.sleep(0.05)
        (log,) = (path for path in self.runs.glob("sweeps/submitit/*/*_log.err") if "-s1 " in path.read_text())
        return log.parent.name

    def end(self) -> list[str]:
        """What the sweep tells of its jobs at its end; one that waits for its next start is started at once."""
        while self.process.poll() is None:
            for job in self.ask("squeue", "--noheader", "--states=PENDING", "--format=%i").split():
                self.ask("scontrol", "update", f"JobId={job}", "StartTime=now")
            time.sleep(0.5)
        lines = self.process.communicate()[0].splitlines()
        return [line for line in lines if line.startswith(("PASS", "FAIL"))]


@pytest.mark.parametrize("how", [["scancel", "--signal=USR2"], ["scontrol", "requeue"]], ids=" ".join)
def test_a_job_that_is_cancelled_is_queued_again_and_ends_as_if_undisturbed(
    how: list[str], slurm: dict[str, str], tmp_path: Path
):
    sweep = Sweep(slurm, tmp_path, "seed=1,2", *SLURM)
    job = sweep.job_of_first()
    sweep.ask(*how, job)
    assert [line[:4] for line in sweep.end()] == ["PASS", "PASS"] and sweep.process.returncode == 0
    (log,) = sweep.runs.glob(f"sweeps/submitit/{job}/*_log.err")
    assert log.read_text().count("stopping after this step") == 1  # and the other start is in the same file
    assert log.read_text().count("epoch 8/8") == 1

    undisturbed = Sweep(slurm, tmp_path / "other", "seed=1")
    assert len(undisturbed.end()) == 1
    (other,), (run,) = undisturbed.runs.glob("*/*-s1"), sweep.runs.glob("*/*-s1")
    assert run.name == other.name and (run / WEIGHTS).read_bytes() == (other / WEIGHTS).read_bytes()


def test_a_job_that_is_cancelled_for_good_has_saved_and_goes_on_in_the_next_sweep(
    slurm: dict[str, str], tmp_path: Path
):
    sweep = Sweep(slurm, tmp_path, "seed=1", *SLURM)
    sweep.ask("scancel", sweep.job_of_first())
    (told,) = sweep.end()
    assert told.startswith("FAIL") and "stopped by SIGTERM" in told and sweep.process.returncode == 75
    (run,) = sweep.runs.glob("*/*-s1")
    assert read_status(run) == "preempted"
    (told,) = Sweep(slurm, tmp_path, "seed=1", *SLURM).end()
    assert told.startswith("PASS") and read_status(run) == "done"
