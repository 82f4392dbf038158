"""Real sweeps in real processes, on the digits with a tiny network."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

import snnexp
from snnexp.commands import main
from snnexp.commands.ls import runs
from snnexp.runs.checkpoint import WEIGHTS
from snnexp.runs.run import Run
from snnexp.runs.status import read_status
from snnexp.sweeps.jobs import Job, expand
from snnexp.sweeps.launchers.base import Launcher
from snnexp.sweeps.sweep import set_aside, train

SMALL = ["trainer.epochs=1", "backbone.width=2", "T=2", "device=cpu"]
LAUNCHERS = ["basic", "joblib", "submitit_local"]
RAY = ["hydra/launcher=ray", "hydra.launcher.num_gpus=0", f"hydra.launcher.num_cpus={os.cpu_count()}"]  # one at a time
ODD = """
import os, signal
from snnexp.losses.cross_entropy import CrossEntropy

class Odd(CrossEntropy):
    def __init__(self, *, act: str) -> None:
        super().__init__(label_smoothing=0.0)
        self.act = act
        self.told = False

    def __call__(self, logits, y, progress):
        if not self.told:
            with open(os.environ["ODD"], "a") as file:
                file.write(f"{self.act} {os.environ.get('CUDA_VISIBLE_DEVICES')}\\n")
        self.told = True
        if "mended" not in os.environ and self.act == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if "mended" not in os.environ and self.act == "raise":
            raise RuntimeError("too\\nodd")
        return super().__call__(logits, y, progress)
"""


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Arguments for runs with a loss of a user's own, which writes down when it is used and fails as it is told."""
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss/odd.yaml").write_text("# mine\n_target_: odd.Odd\nact: pass\n")
    (tmp_path / "odd.py").write_text(ODD)
    monkeypatch.setenv("ODD", str(tmp_path / "log"))
    monkeypatch.setenv("RAY_worker_niceness", "0")  # on a busy machine it would starve the jobs
    monkeypatch.setenv("PYTHONPATH", f"{Path(snnexp.__file__).parents[1]}:{tmp_path}")
    monkeypatch.syspath_prepend(tmp_path)
    where = ["--config-dir", str(tmp_path), "--allow-module", "odd"]
    return [*SMALL, f"runs_dir={tmp_path / 'runs'}", "loss=odd", *where]


def jobs_of(tmp_path: Path, *overrides: str) -> list[Job]:
    return expand([*SMALL, f"runs_dir={tmp_path}", *overrides])


def finish(job: Job) -> None:
    with Run.open(job.composed, job.identity) as run:
        if run.result is None:
            run.finish({"test_accuracy": 0.5})


def fail(job: Job) -> None:
    with pytest.raises(ValueError), Run.open(job.composed, job.identity):
        raise ValueError("so it was")


def said(capsys: pytest.CaptureFixture) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_a_dry_run_tells_what_would_start_and_makes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture):
    jobs = jobs_of(tmp_path, "seed=range(1,4)")
    finish(jobs[0])
    fail(jobs[1])
    before = sorted(tmp_path.rglob("*"))
    for options, starts in (
        ([], "leave leave start"),
        (["--retry-failed"], "leave start start"),
        (["--force"], "start leave start"),
    ):
        assert main(["sweep", *SMALL, f"runs_dir={tmp_path}", "seed=range(1,4)", "--dry-run", *options]) == 0
        first, *lines = said(capsys)
        assert first == "1 done, 1 failed, 1 to do"
        assert [line.split("  ")[0] for line in lines] == starts.split()
        assert all(str(job.folder) in line for job, line in zip(jobs, lines, strict=True))
        assert lines[2].endswith(f"snnexp train {' '.join(SMALL)} runs_dir={tmp_path} seed=3")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--dryrun"], "--dryrun: no such option; did you mean --dry-run?"),
        (["-m"], "-m: no such option; `snnexp sweep --help` lists them"),
        (["T=1,x"], "T=x: must be an integer"),
        (["hydra/launcher=jobli"], "hydra/launcher=jobli: no such hydra/launcher; did you mean joblib?"),
        (["hydra/launcher=joblib", "hydra.launcher.n_jobs=0"], "hydra.launcher.n_jobs=0: must be at least 1"),
        (["hydra/launcher=submitit_slurm"], "hydra/launcher=submitit_slurm: sbatch is not found"),
        (
            [*RAY, "hydra.launcher.num_gpus=1.5"],
            "hydra.launcher.num_gpus=1.5: must be a part of one, or whole ones",
        ),
        ([*RAY, "hydra.launcher.num_gpus=999"], "hydra.launcher.num_gpus=999.0: this machine has "),
        ([*RAY, "hydra.launcher.num_cpus=9999"], "hydra.launcher.num_cpus=9999: this machine has "),
        ([*RAY, "hydra.launcher.num_cpus=0"], "hydra.launcher.num_cpus=0: must be at least 1"),
        (["dataset=digits,cifar10", "dataset.root=nowhere"], "dataset.root=nowhere: no such key"),
        (["exp=rmp_cifar10,quickstat"], "exp=quickstat: no such exp; did you mean quickstart?"),
        (["hydra.sweep.dir=x"], "hydra.sweep.dir=x: does nothing for a run; a run's folder is <runs_dir>/"),
        (["hydra.run.dir=x,y"], "hydra.run.dir=x: does nothing for a run; a run's folder is <runs_dir>/"),
        (["hydra.launcher.n_jobs=2"], "hydra.launcher.n_jobs=2: no such key"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_told_before_anything_is_made(
    arguments: list[str], text: str, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", "")
    assert main(["sweep", f"runs_dir={tmp_path / 'runs'}", *arguments]) == 2
    out, error = capsys.readouterr()
    assert out == "" and error.startswith(f"snnexp: {text}") and len(error.splitlines()) == 1
    assert not (tmp_path / "runs").exists()


def test_missing_data_of_the_last_job_stop_the_first(tmp_path: Path, capsys: pytest.CaptureFixture):
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp/far.yaml").write_text(
        f"# @package _global_\n# far\ndefaults: [override /dataset: cifar10]\ndataset: {{root: {tmp_path}}}\n"
    )
    (tmp_path / "exp/near.yaml").write_text("# @package _global_\n# near\nT: 2\n")
    where = ["--config-dir", str(tmp_path), f"runs_dir={tmp_path / 'runs'}"]
    assert main(["sweep", "exp=near,far", "device=cpu", *where]) == 2
    assert "snnexp data fetch cifar10" in capsys.readouterr().err and not (tmp_path / "runs").exists()


@pytest.mark.parametrize("launcher", ["basic", pytest.param("joblib", marks=pytest.mark.slow)])
def test_a_job_that_fails_stops_no_other_and_is_started_again_on_request(
    launcher: str, tmp_path: Path, odd: list[str], capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    sweep = ["sweep", *odd, "loss.act=die,pass", f"hydra/launcher={launcher}"]
    assert main(sweep) == 1
    first, died, passed, last = said(capsys)
    assert (first, last) == ("0 done, 0 failed, 2 to do", "1 done, 1 failed, 0 to do")
    assert died.startswith("FAIL") and died.endswith("loss.act=die: killed by SIGKILL")
    assert passed.startswith("PASS  ") and " %  " in passed and passed.endswith("loss.act=pass")

    assert main(sweep) == 1
    assert said(capsys) == [last, died, passed, last]
    monkeypatch.setenv("mended", "yes")
    assert main([*sweep, "--retry-failed"]) == 0
    assert said(capsys)[-1] == "2 done, 0 failed, 0 to do"
    *first, last = [line.split()[0] for line in (tmp_path / "log").read_text().splitlines()]
    assert sorted(first) == ["die", "pass"] and last == "die"


def test_what_is_set_aside_is_kept_whole_and_is_no_run_any_more(tmp_path: Path):
    job = jobs_of(tmp_path, "seed=1")[0]
    for number in (1, 2):
        finish(job)
        content = (job.folder / "result.json").read_bytes()
        kept = set_aside(job.folder)
        assert kept == tmp_path / "replaced/quickstart" / f"{job.folder.name}-{number}"
        assert (kept / "result.json").read_bytes() == content and job.state == "to do"
        assert runs(tmp_path) == [f"no runs in {tmp_path}"]


@pytest.mark.slow
def test_force_trains_anew_and_keeps_what_was_there(tmp_path: Path, capsys: pytest.CaptureFixture):
    job, other = jobs_of(tmp_path, "seed=1,2")
    finish(job)
    finish(other)
    old = (job.folder / "result.json").read_bytes()
    kept = tmp_path / "replaced/quickstart" / f"{job.folder.name}-2"
    (tmp_path / "replaced/quickstart" / f"{job.folder.name}-1").mkdir(parents=True)
    assert main(["sweep", *SMALL, f"runs_dir={tmp_path}", "seed=1", "--force"]) == 0
    first, told, passed, _ = said(capsys)
    assert first == "1 done, 0 failed, 0 to do" and told == f"{job.folder}: moved to {kept}, trained again"
    assert passed.startswith("PASS  ") and other.state == "done"
    assert (kept / "result.json").read_bytes() == old != (job.folder / "result.json").read_bytes()


@pytest.mark.parametrize("launcher", ["joblib", "submitit_local"])
def test_jobs_side_by_side_have_a_gpu_each(
    launcher: str, tmp_path: Path, odd: list[str], capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("snnexp.sweeps.launchers.base.gpus", lambda size: ["5", "7"])
    assert main(["sweep", *odd, "loss.act=a,b", f"hydra/launcher={launcher}"]) == 0
    told = capsys.readouterr()
    first, *passed, last = told.out.splitlines()
    assert (first, last) == ("0 done, 0 failed, 2 to do", "2 done, 0 failed, 0 to do")
    assert [line[:4] for line in passed] == ["PASS", "PASS"]
    assert sorted(line.split()[1] for line in (tmp_path / "log").read_text().splitlines()) == ["5", "7"]
    record = next((tmp_path / "runs/sweeps").glob("*.json"))
    assert json.loads(record.read_text())["folders"] == [line.split("  ")[2] for line in passed]
    assert f"`snnexp report {record} --watch` follows the sweep" in told.err


class Instant(Launcher):
    """Finishes jobs at once, unless another process holds them."""

    def __init__(self) -> None:
        self.launched: list[list[str]] = []

    def launch(self, jobs: Sequence[Job]) -> list[str]:
        self.launched.append([job.overrides[-1] for job in jobs])
        for job in jobs:
            finish(job)
        return [""] * len(jobs)


HOLD = """
import sys
from pathlib import Path
from snnexp.runs.status import acquire, mark
folder = Path(sys.argv[1])
lock = acquire(folder)
mark(folder, "running")
print("held", flush=True)
sys.stdin.read()
"""


def test_what_another_process_trains_is_waited_for_and_taken_up_where_that_one_dies(tmp_path: Path):
    jobs = jobs_of(tmp_path, "seed=1,2,3")
    jobs[1].folder.mkdir(parents=True)
    command = [sys.executable, "-c", HOLD, str(jobs[1].folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        assert [job.state for job in jobs] == ["to do", "running", "to do"]
        killer = subprocess.Popen(["sh", "-c", f"sleep 1; kill -9 {holder.pid}"])
        launcher = Instant()
        train(jobs, launcher)
        assert killer.wait() == 0
    assert launcher.launched == [["seed=1", "seed=3"], ["seed=2"]]
    assert [job.state for job in jobs] == ["done"] * 3


def start(*arguments: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "snnexp", "sweep", *arguments], stdout=subprocess.PIPE, text=True)


def until(process: subprocess.Popen, folder: Path, pattern: str, count: int) -> list[Path]:
    """Wait for so many files while the process goes on."""
    while len(found := list(folder.glob(pattern))) < count:
        assert process.poll() is None
        time.sleep(0.01)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("launcher", [["hydra/launcher=basic"], RAY], ids=lambda words: words[0])
def test_a_signal_lets_the_job_save_and_starts_no_other(launcher: list[str], tmp_path: Path, odd: list[str]):
    arguments = [*odd, "seed=1,2", "trainer.epochs=1000"]
    process = start(*arguments, *launcher)
    until(process, tmp_path, "runs/*/*/checkpoint-*.pt", 1)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 75
    first, second = expand([*odd[:-4], "seed=1,2", "trainer.epochs=1000"], odd[-3], ("odd",))
    assert read_status(first.folder) == "preempted" and not second.folder.exists()


@pytest.mark.parametrize(
    ("launcher", "count", "killed_at"),
    [("basic", 2, 1), *(pytest.param(launcher, 8, 3, marks=pytest.mark.slow) for launcher in LAUNCHERS)],
)
def test_a_killed_sweep_started_again_trains_none_twice(
    launcher: str, count: int, killed_at: int, tmp_path: Path, odd: list[str]
):
    arguments = [*odd, f"seed=range({count})", f"hydra/launcher={launcher}"]
    arguments += [] if launcher == "basic" else ["hydra.launcher.n_jobs=2"]
    process = start(*arguments)
    done = until(process, tmp_path, "runs/*/*/result.json", killed_at)
    process.kill()
    process.communicate()
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in done}

    again = start(*arguments)
    out, _ = again.communicate()
    first, *lines, last = out.splitlines()
    assert again.returncode == 0, out
    assert int(first.split()[0]) >= killed_at and last == f"{count} done, 0 failed, 0 to do"
    assert [line[:4] for line in lines] == ["PASS"] * count
    assert len((tmp_path / "log").read_text().splitlines()) == count
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in done} == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("launcher", "number"),
    [
        (["hydra/launcher=submitit_local"], signal.SIGUSR2),
        (["hydra/launcher=submitit_local"], signal.SIGTERM),
        (RAY, signal.SIGTERM),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else value.name,
)
def test_a_preempted_job_is_started_again_and_ends_as_if_undisturbed(
    launcher: list[str], number: signal.Signals, tmp_path: Path, odd: list[str]
):
    process = start(*odd, "trainer.epochs=6", *launcher)
    (folder,) = {path.parent for path in until(process, tmp_path, "runs/*/*/checkpoint-*.pt", 1)}
    holder = int((folder / "lock").read_text().split()[1])
    os.kill(holder, number)
    out, _ = process.communicate()
    assert process.returncode == 0 and out.splitlines()[-1] == "1 done, 0 failed, 0 to do"
    assert json.loads((folder / "status.json").read_text())["process"] != holder
    logs = [path.read_text() for path in (tmp_path / "runs/sweeps").rglob("*log*")]
    assert "".join(logs).count("stopping after this step") == 1

    undisturbed = [*(word for word in odd if "runs_dir" not in word), f"runs_dir={tmp_path / 'other'}"]
    assert "1 done" in start(*undisturbed, "trainer.epochs=6").communicate()[0]
    (other,) = (tmp_path / "other").glob("*/*-s1")
    assert other.name == folder.name and (other / WEIGHTS).read_bytes() == (folder / WEIGHTS).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    "launcher", [["hydra/launcher=submitit_local"], [*RAY, "hydra.launcher.max_retries=1"]], ids=lambda words: words[0]
)
def test_a_job_that_is_killed_is_told_with_its_output(
    launcher: list[str], tmp_path: Path, odd: list[str], capsys: pytest.CaptureFixture
):
    assert main(["sweep", *odd, "loss.act=die,raise,pass", *launcher]) == 1
    _, died, raised, passed, last = said(capsys)
    assert last == "1 done, 2 failed, 0 to do" and passed.startswith("PASS")
    assert "its output is in " in died and raised.endswith(": RuntimeError: too odd")
    assert Path(died.rpartition(" ")[2]).exists()


CALL = """
import sys
from snnexp.sweeps.submitted import Submission
from snnexp.sweeps.worker import Training
print("told:", Submission(Training(sys.argv[1:], None, (), {}))())
"""


@pytest.mark.slow
def test_a_cancelled_slurm_job_ends_by_what_stopped_it(tmp_path: Path):
    squeue = tmp_path / "squeue"  # stands for SLURM's, which shows a cancelled job so
    squeue.write_text('#!/bin/sh\ncase "$*" in *State*) echo COMPLETING ;; *) echo 0 ;; esac\n')
    squeue.chmod(0o755)
    slurm = {"SUBMITIT_EXECUTOR": "slurm", "SLURM_JOB_ID": "1", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = [sys.executable, "-c", CALL, *SMALL, "trainer.epochs=1000", f"runs_dir={tmp_path / 'runs'}"]
    process = subprocess.Popen(command, env=os.environ | slurm, stdout=subprocess.PIPE, text=True)
    until(process, tmp_path, "runs/*/*/checkpoint-*.pt", 1)
    process.send_signal(signal.SIGTERM)
    assert "told: stopped by SIGTERM in epoch" in process.communicate()[0]
