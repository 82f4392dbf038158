"""More epochs for a finished run: the same bits as from the start, or a line that says why not."""

import logging
from pathlib import Path

import pytest

from snnexp.config.compose import compose
from snnexp.errors import Preempted
from snnexp.norms.layers import synchronize
from snnexp.runs import checkpoint, finished
from snnexp.runs.checkpoint import WEIGHTS
from snnexp.training.assembly import make
from snnexp.training.continuing import depends_on_progress
from snnexp.training.journal import RunJournal
from snnexp.training.loading import load
from snnexp.training.run import train

SMALL = ["backbone.width=2", "T=1", "trainer.batch_size=500", "device=cpu", "threads=1"]
CONSTANT = ["schedule=constant", "regularizer=[rmp]", "regularizer.rmp.schedule=constant"]


@pytest.fixture(autouse=True)
def heard(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(logging.getLogger("snnexp"), "propagate", True)
    caplog.set_level(logging.INFO)


def run(folder: Path, epochs: int, *overrides: str) -> finished.Finished:
    words = [*SMALL, f"runs_dir={folder}", f"trainer.epochs={epochs}", *overrides]
    return finished.read(Path(train(compose(words))["folder"]))


def same(one: finished.Finished, other: finished.Finished) -> bool:
    timed = ("seconds", "samples_per_second")
    rows = [[{k: v for k, v in row.items() if k not in timed} for row in each.rows] for each in (one, other)]
    weights = [each.file(WEIGHTS).read_bytes() for each in (one, other)]
    figures = [
        {k: v for k, v in each.result.items() if k.startswith(("test", "best", "layers"))} for each in (one, other)
    ]
    return one.name == other.name and rows[0] == rows[1] and weights[0] == weights[1] and figures[0] == figures[1]


def test_goes_on_to_the_bits_that_it_would_have_come_to_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    whole = run(tmp_path / "whole", 4, *CONSTANT)
    assert "continued" not in whole.result and "continue" not in caplog.text
    first = run(tmp_path / "parts", 2, *CONSTANT)
    run(tmp_path / "parts", 1, *CONSTANT)
    caplog.clear()
    answer, asked = {7: "SIGTERM"}, []
    with monkeypatch.context() as patch:
        patch.setattr(RunJournal, "stopped_by", lambda self: asked.append(1) or answer.get(len(asked)))
        with pytest.raises(Preempted, match="in epoch 4"):  # 3 steps and 2 batches of the test set an epoch
            run(tmp_path / "parts", 4, *CONSTANT)
    assert f"continues {first.folder} after its 2 epochs" in caplog.text
    longer = run(tmp_path / "parts", 4, *CONSTANT)
    assert same(longer, whole) and longer.result["continued"] == first.name != longer.name
    assert longer.result["seconds"] > first.result["seconds"] + sum(row["seconds"] for row in longer.rows[2:])


def test_one_with_validation_keeps_its_best_epoch(tmp_path: Path):
    words = ["schedule=constant", "dataset.validation=0.2"]
    whole = run(tmp_path / "whole", 3, *words)
    run(tmp_path / "parts", 2, *words)
    longer = run(tmp_path / "parts", 3, *words)
    assert same(longer, whole) and longer.result["continued"]
    assert longer.result["chosen_test_accuracy"] == whole.result["chosen_test_accuracy"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "schedule.T_max is the number of epochs, so that learning rates are others from the start on"),
        (["schedule=annealing"], "its schedule runs over all epochs, so that learning rates are others"),
        (["schedule=constant", "regularizer=[rmp]", "regularizer.rmp.schedule=linear"], "its loss or gradients change"),
    ],
)
def test_what_depends_on_all_epochs_is_trained_from_the_start(
    words: list[str], why: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    first = run(tmp_path, 2, *words)
    caplog.clear()
    longer = run(tmp_path, 3, *words)
    assert f"trained from the start, not continued from {first.folder}: {why}" in caplog.text
    assert "continued" not in longer.result and len(longer.rows) == 3


def test_only_a_run_of_the_same_but_for_its_epochs_is_continued(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    run(tmp_path, 1, "schedule=constant")
    caplog.clear()
    run(tmp_path, 2, "schedule=constant", "optimizer.lr=0.2")
    run(tmp_path, 2, "schedule=constant", "seed=2")
    run(tmp_path, 1, "schedule=constant", "regularizer=[mpd_loss,rate]")
    run(tmp_path, 2, "schedule=constant", "regularizer=[rate,mpd_loss]")
    assert "continue" not in caplog.text


def test_one_process_looks_at_norms_that_its_team_shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    composed = compose([*SMALL, *CONSTANT, f"runs_dir={tmp_path}", "trainer.epochs=3"])
    dataset, trainer = make(composed)
    synchronize(trainer.network)
    monkeypatch.setattr("torch.distributed.all_reduce", lambda *_: pytest.fail("waits for processes that do not come"))
    assert not depends_on_progress(trainer, load(composed, dataset, trainer).train, 2)


def test_states_of_another_version_are_not_continued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    first = run(tmp_path, 1, "schedule=constant")
    monkeypatch.setattr(checkpoint, "MAGIC", b"snnexp checkpoint 0\n")
    longer = run(tmp_path, 2, "schedule=constant")
    assert "continued" not in longer.result and len(longer.rows) == 2
    told = "its checkpoints are not there, or of another version"
    assert f"trained from the start, not continued from {first.folder}: {told}" in caplog.text


def test_what_a_state_holds_is_of_the_version_that_it_states(tmp_path: Path):
    """Where this fails, raise the number in `checkpoint.MAGIC`: a state of another version is refused by it."""
    state = checkpoint.load_latest(run(tmp_path, 1, "dataset.validation=0.2").folder)
    assert state is not None and checkpoint.MAGIC == b"snnexp checkpoint 5\n"
    parts = "network optimizer rates tally skipped epoch step lr detours seconds row best accumulate continued"
    assert state.keys() == {*parts.split(), "run", "rows", "elapsed"}
    assert state["best"].keys() == {"row", "weights"} and state["tally"].shape == (4,)
