"""What sets learning rates, by steps, by epochs and by what validation has reached."""

from pathlib import Path

import pytest
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR

from snnexp.config.compose import compose
from snnexp.errors import Preempted, UserError
from snnexp.runs import finished
from snnexp.schedules.annealing import Annealing
from snnexp.schedules.base import Following
from snnexp.training.assembly import make
from snnexp.training.journal import RunJournal
from snnexp.training.rates import Followed, Lowered, Rates, Timed
from snnexp.training.run import train

SMALL = ["backbone.width=2", "T=1", "trainer.batch_size=500", "device=cpu", "threads=1", "dataset.validation=0.2"]


def optimizer(lr: float = 1.0) -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def walk(rates: Rates, *figures: dict) -> list[float]:
    """The rate in the first step of each epoch of two steps."""
    found = []
    for epoch, row in enumerate(figures):
        found.append(rates.scheduler.optimizer.param_groups[0]["lr"])
        for done in (1, 2):
            rates.scheduler.optimizer.step()
            rates.after_step(epoch + done / 2, ends_epoch=done == 2)
        rates.after_epoch(row)
    return found


def test_a_timed_schedule_moves_with_epochs_or_with_steps():
    assert walk(Timed(StepLR(optimizer(), 1, gamma=0.5), "epoch"), {}, {}, {}) == [1, 0.5, 0.25]
    assert walk(Timed(StepLR(optimizer(), 1, gamma=0.5), "step"), {}, {}, {}) == [1, 0.25, 0.0625]


def test_one_of_ours_knows_how_much_is_done():
    rates = Followed(Following(optimizer(), Annealing(floor=0.0), 4), "step")
    assert walk(rates, {}, {}, {}) == pytest.approx([1, 0.5 + 0.5 * 2**-0.5, 0.5])


@pytest.mark.parametrize(("mode", "figure"), [("min", "validation_loss"), ("max", "validation_accuracy")])
def test_a_plateau_lowers_rates_and_resumes_with_what_it_has_seen(mode: str, figure: str):
    rows = [{figure: value if mode == "min" else 1 - value} for value in (0.5, 0.4, 0.4, 0.45, 0.3, 0.3)]

    def lowered() -> Lowered:
        return Lowered(ReduceLROnPlateau(optimizer(), mode=mode, factor=0.1, patience=1))

    whole = walk(lowered(), *rows)
    assert whole == pytest.approx([1, 1, 1, 1, 0.1, 0.1])
    first, second = lowered(), lowered()
    walk(first, *rows[:3])
    second.load_state_dict(first.state_dict())
    assert walk(second, *rows[3:]) == pytest.approx(whole[3:])


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["dataset.validation=0"], "moves with figures of a validation split; give dataset.validation="),
        (["schedule.by=step"], "this schedule moves with the figures of an epoch; give schedule.by=epoch"),
    ],
)
def test_a_plateau_of_no_validation_or_of_steps_is_refused(overrides: list[str], told: str):
    with pytest.raises(UserError) as caught:
        make(compose([*SMALL, "schedule=plateau", *overrides]))
    assert told in str(caught.value)


def run(folder: Path, *overrides: str) -> tuple[dict, list[dict]]:
    """The result and the rows of a run."""
    done = finished.read(Path(train(compose([*SMALL, f"runs_dir={folder}", *overrides]))["folder"]))
    timed = ("seconds", "samples_per_second", "peak_memory")
    return done.result, [{name: value for name, value in row.items() if name not in timed} for row in done.rows]


def interrupted(folder: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int, *overrides: str) -> tuple:
    """The same of a run that was stopped when it was asked so often whether to stop."""
    asked = []
    with monkeypatch.context() as patch:
        answer = {stop_at: "SIGTERM"}
        patch.setattr(RunJournal, "stopped_by", lambda self: asked.append(1) or answer.get(len(asked)))
        with pytest.raises(Preempted):
            train(compose([*SMALL, f"runs_dir={folder}", *overrides]))
    return run(folder, *overrides)


@pytest.mark.parametrize("stop_at", [4, 5, 7])  # 3 steps and 2 batches of validation an epoch
def test_a_run_with_a_plateau_resumes_bit_for_bit(stop_at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    never_better = ["schedule=plateau", "schedule.patience=0", "schedule.threshold=1", "trainer.epochs=3"]
    result, rows = run(tmp_path / "whole", *never_better)
    assert [row["lr"] for row in rows] == pytest.approx([0.1, 0.01, 0.001])
    other, again = interrupted(tmp_path / "stopped", monkeypatch, stop_at, *never_better)
    assert again == rows and other["test_loss"] == result["test_loss"]


def test_a_run_ends_early_where_validation_gets_no_better(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    still = ["trainer.epochs=9", "trainer.early_stopping.patience=2", "optimizer.lr=0", "optimizer.momentum=0"]
    still += ["schedule=constant", "norm.momentum=0.0"]
    result, rows = run(tmp_path / "whole", *still)
    assert len(rows) == result["epochs"] == 3 and result["best_epoch"] == 0
    assert result["chosen_test_accuracy"] == result["test_accuracy"]
    for stop_at in (12, 16):  # in the third epoch, and as the test set is read
        assert interrupted(tmp_path / f"{stop_at}", monkeypatch, stop_at, *still)[1] == rows


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["dataset.validation=0", "trainer.early_stopping.patience=3"], "needs a validation split; give dataset."),
        (["trainer.early_stopping.patience=0"], "patience=0: must be at least 1, in epochs, or null"),
        (["+trainer.early_stopping.epochs=2"], "trainer.early_stopping.epochs=2: no such key"),
    ],
)
def test_early_stopping_that_cannot_be_is_refused(overrides: list[str], told: str):
    with pytest.raises(UserError) as caught:
        compose([*SMALL, *overrides])
    assert told in str(caught.value)
