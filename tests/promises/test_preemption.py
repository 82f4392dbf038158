"""A run that is asked to stop saves within the step, says so, and goes on to the bits of one that nobody asked."""

import signal
from pathlib import Path

import pytest
from trainings import outcome, start

from snnexp.errors import PREEMPTED
from snnexp.machine.signals import ASKING
from snnexp.runs import checkpoint
from snnexp.runs.status import read_status

STEPS = 12  # of an epoch


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory):
    """What a run that nobody asked to stop ends with."""
    folder = tmp_path_factory.mktemp("whole")
    start(folder / "said", f"runs_dir={folder / 'runs'}").join()
    return outcome(folder / "runs")


@pytest.mark.parametrize("number", ASKING, ids=lambda number: number.name)
@pytest.mark.count(1, 3)
def test_each_signal_saves_within_its_step(number: signal.Signals, count: int, expected, tmp_path: Path, figure):
    for asked in [17, 11, 24][:count]:  # within an epoch, at its last step, at its first
        runs, said = tmp_path / f"{asked}", tmp_path / "said"
        process = start(said, f"runs_dir={runs}", signals={asked: [number]})
        process.join()
        assert process.exitcode == PREEMPTED
        (folder,) = runs.glob("*/*")
        state = checkpoint.load_latest(folder)
        assert state is not None and STEPS * state["epoch"] + state["step"] == asked + 1
        last = said.read_text().splitlines()[-1]
        assert f"stopped by {number.name} in epoch {asked // STEPS + 1}, after {asked % STEPS + 1} of its" in last
        assert read_status(folder) == "preempted"
        start(said, f"runs_dir={runs}").join()
        assert outcome(runs) == expected
    text = f"{count} of {count} saved within the step, status {PREEMPTED}, weights then equal bit for bit"
    figure(f"preemption: {number.name}", text)


def test_a_second_interrupt_leaves_at_once_and_loses_no_checkpoint(expected, tmp_path: Path, figure):
    runs, said = tmp_path / "runs", tmp_path / "said"
    process = start(said, f"runs_dir={runs}", signals={17: [signal.SIGTERM, signal.SIGINT]})
    process.join()
    assert process.exitcode == PREEMPTED
    assert "snnexp: stopped; the same command resumes" in said.read_text()
    state = checkpoint.load_latest(next(runs.glob("*/*")))
    assert state is not None and (state["epoch"], state["step"]) == (1, 0)
    start(said, f"runs_dir={runs}").join()
    assert outcome(runs) == expected
    figure("preemption: a second Ctrl-C", "left within the step; from the checkpoint before, equal bit for bit")
