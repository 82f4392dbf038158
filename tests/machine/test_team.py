"""Several processes that train one network: real ones, on a CPU, connected by gloo."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import torch
import trainings
from team_worker import work
from trainings import FORKS

from snnexp.commands import main
from snnexp.machine.launch import RENDEZVOUS, STARTERS, meeting, place
from snnexp.machine.team import Team
from snnexp.runs.results import read_result
from snnexp.runs.status import read_status

TRAIN = [sys.executable, "-m", "snnexp", "train", "device=cpu", "T=2", "backbone.width=4", "trainer.epochs=4"]


def places(size: int, meeting: str) -> list[dict[str, str]]:
    """The environment of each process of a team."""
    names = [dict(zip(STARTERS[0], map(str, (rank, rank, size)), strict=True)) for rank in range(size)]
    return [each | {RENDEZVOUS: meeting} for each in names]


def run(size: int, out: Path, *arguments: str) -> list[dict]:
    """What each process of a team reached."""
    meeting = f"file://{out}-meeting"
    team = [FORKS.Process(target=work, args=(each, str(out), *arguments)) for each in places(size, meeting)]
    for each in team:
        each.start()
    for each in team:
        each.join()
    assert [each.exitcode for each in team] == [0] * size
    return [torch.load(f"{out}-{rank}") for rank in range(size)]


def train(folder: Path, places: Sequence[Mapping[str, str]], *words: str) -> list[tuple[int | None, str]]:
    """The exit status of each process of a team that trains, started by nobody of ours, and what it says."""
    said = [folder / f"said-{rank}" for rank in range(len(places))]
    words = (f"runs_dir={folder}", "trainer.epochs=1", *words)
    team = [trainings.start(file, *words, environment=each) for file, each in zip(said, places, strict=True)]
    for each in team:
        each.join()
    return [(each.exitcode, file.read_text()) for each, file in zip(team, said, strict=True)]


def largest_difference(a: list[torch.Tensor], b: list[torch.Tensor]) -> float:
    return max(float((x - y).abs().max()) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize(("norm", "parts"), [("frozen", "2"), ("whole", "1")])
def test_two_processes_do_what_one_does(norm, parts, tmp_path: Path, figure):
    (alone,) = run(1, tmp_path / "alone", norm, parts)
    first, second = run(2, tmp_path / "team", norm, "1")
    for key in ("gradients", "last"):
        assert largest_difference(first[key], second[key]) == 0
    gradients = largest_difference(first["gradients"], alone["gradients"])
    assert first["state"].keys() == alone["state"].keys()
    weights = largest_difference([*first["state"].values()], [*alone["state"].values()])
    assert gradients < 1e-10 and weights < 1e-8
    torch.testing.assert_close(first["sums"], alone["sums"], rtol=1e-10, atol=0)
    assert torch.equal(first["sums"], second["sums"]) and (first["sums"] > 0).all()
    likeness = {"frozen": "frozen norms, two-fold accumulation", "whole": "synchronised norms, one process"}[norm]
    text = (
        f"two processes differ by at most {gradients:.0e} in a gradient and by {weights:.0e} in a weight after 5 steps"
    )
    figure(f"more processes: as {likeness}", text)


def test_sums_are_sent_in_the_type_that_each_has(monkeypatch):
    team, sent = Team("cpu"), []
    team.size = 2
    monkeypatch.setattr(team, "send", lambda flat: sent.append(flat.dtype) or flat.mul_(2))
    row, gradient, buffer = torch.ones(3, dtype=torch.float64), torch.ones(2, 2), torch.ones(5)
    team.add_up([row, gradient, buffer])
    assert sent == [torch.float64, torch.float32]
    assert all((one == 2).all() for one in (row, gradient, buffer))


def start(folder: Path, *overrides: str) -> subprocess.Popen:
    command = [*TRAIN, "launch.nproc=2", f"runs_dir={folder}", *overrides]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_an_epoch(folder: Path, process: subprocess.Popen) -> None:
    while not any(path.read_text() for path in folder.glob("*/*/metrics.jsonl")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def children(process: subprocess.Popen) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


@pytest.mark.slow
def test_a_team_is_stopped_by_a_signal_and_goes_on_to_the_same_bits(tmp_path: Path, figure):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    finished = start(whole)
    said, errors = finished.communicate()
    assert finished.returncode == 0, errors
    assert said.count("test accuracy") == 1
    process = start(stopped)
    wait_for_an_epoch(stopped, process)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate()
    assert process.returncode == 75, errors
    assert read_status(next(stopped.glob("*/*"))) == "preempted"
    again = start(stopped)
    _, errors = again.communicate()
    assert again.returncode == 0, errors
    results = [read_result(next(folder.glob("*/*"))) for folder in (whole, stopped)]
    assert results[0]["test_accuracy"] == results[1]["test_accuracy"] > 0.7
    weights = [next(folder.glob("*/*/model.safetensors")).read_bytes() for folder in (whole, stopped)]
    assert weights[0] == weights[1]
    rows = next(stopped.glob("*/*/metrics.jsonl")).read_text().splitlines()
    assert [json.loads(row)["epoch"] for row in rows] == list(range(4))
    figure("more processes: continued", "two processes, stopped by SIGTERM: weights equal bit for bit")


@pytest.mark.slow
def test_torchrun_trains_digits_to_the_same_accuracy_as_one_process(tmp_path: Path):
    options = ["-m", "snnexp", "train", "device=cpu", "launch.sync_batch_norm=true"]
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    accuracies = []
    for name, starter in (("alone", []), ("team", torchrun)):
        folder = tmp_path / name
        command = [sys.executable, *starter, *options, f"runs_dir={folder}"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("test accuracy") == 1
        accuracies.append(read_result(next(folder.glob("*/*")))["test_accuracy"])
    # Rounded otherwise, spikes differ and so do the weights: five of the 360 images at most.
    assert min(accuracies) > 0.97 and abs(accuracies[0] - accuracies[1]) <= 5 / 360


def test_processes_of_srun_meet_on_the_steps_first_machine(tmp_path: Path):
    """Started as srun starts them: it names a process's place and the step's machines, and nothing else."""
    step = {"SLURM_STEP_NODELIST": "localhost", "SLURM_JOB_ID": str(os.getpid()), "SLURM_STEP_ID": "0"}
    team = train(tmp_path, [step | dict(zip(STARTERS[1], (rank, rank, "2"), strict=True)) for rank in "01"])
    assert [status for status, _ in team] == [0, 0]
    (result,) = tmp_path.glob("*/*/result.json")
    assert read_result(result.parent)["config"]["launch"]["nproc"] == 2


@pytest.mark.parametrize(
    ("machines", "first"), [("a1", "a1"), ("n[03-07,9]", "n03"), ("gpu-[2,4]", "gpu-2"), ("x,y[1-2]", "x")]
)
def test_the_steps_first_machine(machines: str, first: str, monkeypatch: pytest.MonkeyPatch):
    for name, value in {"SLURM_STEP_NODELIST": machines, "SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0"}.items():
        monkeypatch.setenv(name, value)
    for name in (RENDEZVOUS, "MASTER_ADDR"):
        monkeypatch.delenv(name, raising=False)
    where = meeting()
    assert where.startswith(f"tcp://{first}:2")
    monkeypatch.setenv("SLURM_STEP_ID", "1")
    assert meeting() != where
    monkeypatch.setenv("MASTER_ADDR", "elsewhere")
    assert meeting() == "env://"


def test_processes_that_cannot_meet_say_so_in_a_line(tmp_path: Path):
    ((status, said),) = train(tmp_path, places(2, "env://")[:1])
    assert status == 1 and "Traceback" not in said
    assert "rank 0: no meeting of 2 processes at env:// (" in said.splitlines()[-1]


def test_one_killed_ends_all_and_is_named(tmp_path: Path, figure):
    process = start(tmp_path, "trainer.epochs=1000")
    wait_for_an_epoch(tmp_path, process)
    _, victim = children(process)
    begin = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "rank 1 was ended by SIGKILL" in errors and "rank 0: another process is gone" in errors
    assert "Traceback" not in errors
    text = f"both ended after {time.monotonic() - begin:.1f} s with status 1, rank and cause named"
    figure("more processes: one is killed", text)


def test_a_mistake_that_the_data_show_ends_all_with_a_line(tmp_path: Path):
    for status, said in train(tmp_path, places(2, f"file://{tmp_path}/meeting"), "trainer.batch_size=63"):
        assert status == 2 and "Traceback" not in said
        assert said.splitlines()[-1].startswith("snnexp: trainer.batch_size=63: batches, the last one")


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["launch.nproc=0"], "launch.nproc=0: must be at least 1"),
        (["launch.nproc=2", "dataset=cifar10", "dataset.root=nowhere"], "not found in nowhere"),
    ],
)
def test_other_mistakes_are_told_before_others_are_started(
    overrides: list[str], told: str, capsys: pytest.CaptureFixture
):
    assert main(["train", "device=cpu", *overrides]) == 2
    said = capsys.readouterr().err
    assert told in said and len(said.splitlines()) == 1


def test_the_place_is_told_by_torchrun_or_srun(monkeypatch: pytest.MonkeyPatch):
    for names in STARTERS:
        for name in names:
            monkeypatch.delenv(name, raising=False)
    assert place() == (0, 0, 1)
    monkeypatch.setenv("SLURM_PROCID", "0")  # as within sbatch, which starts nothing by itself
    monkeypatch.setenv("SLURM_LOCALID", "0")
    assert place() == (0, 0, 1)
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "4")
    monkeypatch.setenv("SLURM_PROCID", "3")
    assert place() == (3, 0, 4)
    for name, value in zip(STARTERS[0], ("1", "1", "2"), strict=True):
        monkeypatch.setenv(name, value)
    assert place() == (1, 1, 2)
