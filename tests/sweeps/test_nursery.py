"""Jobs that are forked from one process: each is one of its own, and what ends one ends no other."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from trainings import outcome

from snnexp.sweeps.jobs import expand
from snnexp.sweeps.nursery import Nursery
from snnexp.sweeps.processes import Processes

LONG = ["train", "device=cpu", "backbone.width=2", "T=1", "trainer.epochs=1000"]


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_job_has_a_group_an_environment_and_an_end_of_its_own(nursery: Nursery, tmp_path: Path):
    first = nursery.start([*LONG, f"runs_dir={tmp_path}"], os.environ | {"TQDM_DISABLE": "1"})
    with nursery.start(["train", "threads=auto"], os.environ | {"OMP_NUM_THREADS": "many"}) as second:
        said = second.stderr.read()
    assert second.returncode == 2 and said.startswith("snnexp: OMP_NUM_THREADS=many: must be a number")
    with nursery.start([*LONG, f"runs_dir={tmp_path}", "seed=2"], os.environ) as third:
        third.send_signal(signal.SIGKILL)
    assert third.returncode == -9
    with first:
        assert any("digits: 1437 training" in line for line in first.stderr)  # it goes on
        assert os.getpgid(first.pid) == first.pid
        assert nursery.process and parent(parent(first.pid)) == nursery.process.pid
        first.send_signal(signal.SIGTERM)
        assert "saved, the same command resumes" in first.stderr.readlines()[-1]
    assert first.returncode == 75


def test_a_job_leaves_what_a_process_of_its_own_leaves(nursery: Nursery, tmp_path: Path):
    words = ["train", "device=cpu", "threads=1", "backbone.width=2", "T=1", "trainer.epochs=2"]
    nursery.prepare()  # beside the other
    command = [sys.executable, "-m", "snnexp", *words, f"runs_dir={tmp_path / 'spawned'}"]
    assert subprocess.run(command, capture_output=True).returncode == 0
    with nursery.start([*words, f"runs_dir={tmp_path / 'forked'}"], os.environ) as forked:
        assert "epoch 2/2" in forked.stderr.read()
    assert forked.returncode == 0
    ours, theirs = ([*(tmp_path / each).glob("*/*")] for each in ("forked", "spawned"))
    assert [run.name for run in ours] == [run.name for run in theirs]
    assert outcome(tmp_path / "forked") == outcome(tmp_path / "spawned")


def test_a_job_whose_process_was_lost_before_it_began_ends_no_sweep(
    nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (job,) = expand(["device=cpu", f"runs_dir={tmp_path}"])
    monkeypatch.setattr("snnexp.sweeps.nursery.SERVE", "")  # ends at once
    processes = Processes(nursery)
    assert [processes.train(job).partition(",")[0] for _ in range(2)] == [
        "the process that jobs are forked from was killed"
    ] * 2
    assert job.state == "to do"


@pytest.mark.slow
def test_a_job_outlives_the_process_it_was_forked_from_and_the_next_has_another(nursery: Nursery, tmp_path: Path):
    first = nursery.start([*LONG, f"runs_dir={tmp_path}"], os.environ)
    assert nursery.process
    nursery.process.kill()
    nursery.process.wait()
    with nursery.start(["trian"], os.environ) as second:
        assert "no such command" in second.stderr.read()
    with first:
        first.send_signal(signal.SIGKILL)
    assert (first.returncode, second.returncode) == (-9, 2)
