"""Torch's optimizers and schedules, each either trained with or refused before anything is trained."""

from pathlib import Path

import pytest
import torch

from snnexp.commands import main
from snnexp.config.compose import compose
from snnexp.config.places import options
from snnexp.errors import UserError
from snnexp.training.assembly import make

HARD = """
import torch.nn.functional as F

from snnexp.losses.base import Loss


class Hard(Loss):
    def __call__(self, logits, y, progress):
        return -F.log_softmax(logits, 1).gather(1, y[:, None]).mean()
"""
SMALL = ["backbone.width=2", "T=1", "trainer.epochs=3", "device=cpu"]
OWN = """
class Slower:
    def __init__(self, *, factor: float) -> None:
        self.factor = factor

    def __call__(self, epoch: int) -> float:
        return self.factor**epoch
"""


def chosen(folder: Path, group: str, target: str, *lines: str) -> list[str]:
    """The override that chooses a part by a yaml of a user's own."""
    (folder / group).mkdir()
    lines = (*lines, *(["by: epoch"] if group == "schedule" else []))
    (folder / group / "mine.yaml").write_text("\n".join(["# mine", f"_target_: torch.optim.{target}", *lines]))
    return [f"{group}=mine"]


def refused(folder: Path, overrides: list[str]) -> str:
    with pytest.raises(UserError) as caught:
        make(compose([*SMALL, *overrides], str(folder)))
    return str(caught.value)


@pytest.mark.parametrize(
    ("target", "lines", "said"),
    [
        ("OneCycleLR", ["max_lr: 0.1", "total_steps: 2"], "Tried to step 3 times"),
    ],
)
def test_a_schedule_that_fails_in_some_epoch_is_refused_before(
    target: str, lines: list[str], said: str, tmp_path: Path
):
    told = refused(tmp_path, chosen(tmp_path, "schedule", f"lr_scheduler.{target}", *lines))
    assert told.startswith(f"schedule._target_=torch.optim.lr_scheduler.{target}: cannot train here (")
    assert said in told and told.endswith("; choose another schedule")


@pytest.mark.parametrize(
    ("target", "said"), [("LBFGS", "'closure'"), ("SparseAdam", "does not support dense gradients")]
)
def test_an_optimizer_that_fails_in_every_step_is_refused_before(target: str, said: str, tmp_path: Path):
    told = refused(tmp_path, chosen(tmp_path, "optimizer", target, "lr: 0.1", "weight_decay_on: all"))
    assert told.startswith(f"optimizer._target_=torch.optim.{target}: cannot train here (")
    assert said in told and told.endswith("; choose another optimizer")


@pytest.mark.parametrize(
    ("target", "lines", "rates"),
    [
        ("MultiStepLR", ["milestones: [1, 2]"], [0.1, 0.01, 0.001]),
        ("CyclicLR", ["base_lr: 0.1", "max_lr: 0.3", "step_size_up: 2"], [0.1, 0.2, 0.3]),
        ("LambdaLR", ["lr_lambda: {_target_: slower.Slower, factor: 0.5}"], [0.1, 0.05, 0.025]),
    ],
)
def test_a_schedule_gives_the_rates_that_it_states(
    target: str, lines: list[str], rates: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "slower.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    overrides = [*chosen(tmp_path, "schedule", f"lr_scheduler.{target}", *lines), "optimizer.lr=0.1"]
    _, trainer = make(compose([*SMALL, *overrides], str(tmp_path), ("slower",)))
    found = []
    for _ in rates:
        found.append(trainer.optimizer.param_groups[0]["lr"])
        trainer.optimizer.step()
        trainer.rates.after_step(0.0, ends_epoch=True)
    assert found == pytest.approx(rates)


def test_schedules_within_a_schedule_are_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture):
    parts = ["schedulers: [{_target_: torch.optim.lr_scheduler.ConstantLR}]"]
    words = chosen(tmp_path, "schedule", "lr_scheduler.ChainedScheduler", *parts)
    assert main(["train", *SMALL, *words, "--config-dir", str(tmp_path), f"runs_dir={tmp_path / 'runs'}"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("snnexp: schedule.schedulers: holds parts, which no list may") and told.count("\n") == 1


@pytest.mark.parametrize("loss", options("loss"))
@pytest.mark.parametrize("mixing", ["mixup", "cutmix"])
def test_every_loss_trains_on_mixed_samples(loss: str, mixing: str):
    _, trainer = make(compose([*SMALL, f"loss={loss}", f"mixing=[{mixing}]"]))
    trainer.network.train()
    trainer.step(torch.rand(4, 1, 8, 8), torch.arange(4), 0)
    trainer.check()
    assert 0 < trainer.step.tally.compute()["loss"] < 10


def test_a_loss_of_class_numbers_alone_is_refused_for_mixed_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "hard.py").write_text(HARD)
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss" / "mine.yaml").write_text("# mine\n_target_: hard.Hard\n")
    monkeypatch.syspath_prepend(tmp_path)
    words = [*SMALL, "loss=mine"]
    make(compose(words, str(tmp_path), ("hard",)))
    with pytest.raises(
        UserError, match=r"^loss._target_=hard.Hard: takes no mixed classes \(.*; choose another loss, or"
    ):
        make(compose([*words, "mixing=[mixup]"], str(tmp_path), ("hard",)))


def test_a_batch_is_mixed_whole_before_it_is_split():
    found = []
    for parts in (1, 2):
        _, trainer = make(compose([*SMALL, "mixing=[mixup]", f"trainer.accumulate={parts}"]))
        seen = []
        objective = trainer.step.objective
        objective.predict = lambda x, y, plain=objective.predict, seen=seen: seen.append((x, y)) or plain(x, y)
        trainer.step(torch.arange(4.0).view(4, 1, 1, 1).expand(4, 1, 8, 8), torch.arange(4), 0)
        found.append([torch.cat(each) for each in zip(*seen, strict=True)])
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))
