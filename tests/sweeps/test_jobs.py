from pathlib import Path

import pytest

from snnexp.errors import UserError
from snnexp.runs.run import Run
from snnexp.runs.status import mark
from snnexp.sweeps.jobs import expand


def test_a_job_is_the_run_that_train_makes_of_its_overrides(tmp_path: Path):
    jobs = expand(["exp=digits_dvs", "T=2,3", "seed=1,2", f"runs_dir={tmp_path}"])
    assert [job.overrides[1:3] for job in jobs] == [[f"T={T}", f"seed={s}"] for T in (2, 3) for s in (1, 2)]
    composed = jobs[3].composed
    assert (composed.config["T"], composed.config["seed"], composed.exp) == (3, 2, "digits_dvs")
    with Run.open(composed, jobs[3].identity) as run:
        assert run.folder == jobs[3].folder and run.folder.parent == tmp_path / "digits_dvs"


def test_combinations_of_one_run_are_one_job(tmp_path: Path):
    jobs = expand([f"runs_dir={tmp_path}", "optimizer.lr=1,1.0,2"])
    assert [job.overrides[1:] for job in jobs] == [[f"optimizer.lr={lr}"] for lr in (1, 2)]


def test_a_mistake_in_any_job_is_found(tmp_path: Path):
    with pytest.raises(UserError, match=r"^trainer.epochs=-1: "):
        expand(["T=1,2", "trainer.epochs=3,-1", f"runs_dir={tmp_path}"])


def test_the_states_of_a_job(tmp_path: Path):
    job = expand([f"runs_dir={tmp_path}"])[0]
    assert job.state == "to do"
    with pytest.raises(KeyboardInterrupt), Run.open(job.composed, job.identity):
        assert job.state == "running"
        raise KeyboardInterrupt
    assert job.state == "to do"
    with pytest.raises(ValueError), Run.open(job.composed, job.identity):
        raise ValueError
    assert job.state == "failed"
    with Run.open(job.composed, job.identity) as run:
        run.finish({"test_accuracy": 0.5})
    assert job.state == "done"
    (job.folder / "result.json").unlink()
    assert job.state == "to do"
    mark(job.folder, "preempted")
    assert job.state == "to do"
