"""A run with a validation split: that chooses the epoch, and the test set is read once."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from snnexp.config.compose import compose, compose_stored
from snnexp.datasets.base import Loader
from snnexp.errors import Preempted, UserError
from snnexp.runs import finished
from snnexp.runs.checkpoint import BEST, WEIGHTS, load_weights
from snnexp.training.assembly import make
from snnexp.training.best import Best
from snnexp.training.evaluation import evaluate
from snnexp.training.journal import RunJournal
from snnexp.training.loading import load
from snnexp.training.run import evaluate_main, train

TINY = ["backbone.width=2", "T=1", "trainer.epochs=3", "trainer.batch_size=200", "optimizer.lr=0.5", "device=cpu"]
TINY += ["dataset.validation=0.2", "threads=1"]


def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Notes how many samples each pass over a set had that is neither shuffled nor trained on."""
    seen, plain = [], Loader.epoch

    def epoch(self, number, start=0):
        if not self.shuffle:
            seen.append(self.samples)
        return plain(self, number, start)

    monkeypatch.setattr(Loader, "epoch", epoch)
    return seen


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """The folder of a run, and its passes over sets."""
    with pytest.MonkeyPatch.context() as patch:
        seen = passes(patch)
        runs = tmp_path_factory.mktemp("validated")
        return Path(train(compose([*TINY, f"runs_dir={runs}"]))["folder"]), seen


def rows(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_each_epoch_is_evaluated_on_validation_and_the_test_set_is_read_once(trained: tuple[Path, list[int]]):
    folder, seen = trained
    assert seen == [287, 287, 287, 360]
    result, found = finished.read(folder).result, rows(folder)
    assert all("validation_accuracy" in row and "validation_firing_rate" in row for row in found)
    assert not any(name.startswith("test") or name == "firing_rate" for row in found for name in row)
    accuracies = [row["validation_accuracy"] for row in found]
    assert result["best_validation_accuracy"] == max(accuracies)
    assert result["best_epoch"] == accuracies.index(max(accuracies))
    assert result["validation_accuracy"] == accuracies[-1] and result["test_loss"] > 0 and result["layers"]
    assert "1150 training, 287 validation, 360 test images" in result["data"]


def test_the_best_epochs_weights_are_stored_and_sealed(trained: tuple[Path, list[int]], tmp_path: Path):
    run = finished.read(trained[0])
    composed = compose_stored(run.config, [])
    dataset, trainer = make(composed)
    _, test, validation, _ = load(composed, dataset, trainer)
    for name, prefix, chosen in ((BEST, "best_", "chosen_"), (WEIGHTS, "", "")):
        load_weights(run.file(name), trainer.network)
        assert evaluate([trainer.objective], test, trainer.team)[0]["accuracy"] == run.result[f"{chosen}test_accuracy"]
        (found,) = evaluate([trainer.objective], validation, trainer.team)
        assert found["accuracy"] == run.result[f"{prefix}validation_accuracy"]
    copy = shutil.copytree(trained[0], tmp_path / trained[0].name)
    (copy / BEST).write_bytes((copy / WEIGHTS).read_bytes()[:-1])
    with pytest.raises(UserError, match=f"{BEST}: not as run"):
        finished.read(copy)


def test_is_evaluated_anew_to_the_same_figure(trained: tuple[Path, list[int]], capsys: pytest.CaptureFixture):
    assert evaluate_main(str(trained[0]), []) == 0
    assert "warning" not in capsys.readouterr().out
    with pytest.raises(UserError, match=r"dataset\.validation=0.1: it acts on training alone"):
        evaluate_main(str(trained[0]), ["dataset.validation=0.1"])


@pytest.mark.parametrize("stop_at", [7, 26])  # batches into training; in the pass over the test set
def test_stopped_and_resumed_gives_the_same_bits(
    stop_at: int, trained: tuple[Path, list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked = []
    answer = {stop_at: "SIGTERM"}
    monkeypatch.setattr(RunJournal, "stopped_by", lambda self: asked.append(1) or answer.get(len(asked)))
    composed = compose([*TINY, f"runs_dir={tmp_path}"])
    with pytest.raises(Preempted, match="stopped by SIGTERM"):
        train(composed)
    monkeypatch.undo()
    folder = Path(train(composed)["folder"])
    assert folder.name == trained[0].name
    for name in (BEST, WEIGHTS):
        assert (folder / name).read_bytes() == (trained[0] / name).read_bytes()
    timed = ("seconds", "samples_per_second")
    assert [{k: v for k, v in row.items() if k not in timed} for row in rows(folder)] == [
        {k: v for k, v in row.items() if k not in timed} for row in rows(trained[0])
    ]
    one, other = (finished.read(each).result for each in (folder, trained[0]))
    assert all(one[name] == other[name] for name in one if name.startswith(("test_", "best_", "chosen_", "layers")))


def test_the_first_of_equal_epochs_is_the_best():
    best, network = Best(), torch.nn.Linear(1, 1)
    for epoch, accuracy in enumerate([0.1, 0.5, 0.5, 0.2]):
        network.weight.data.fill_(epoch)
        best.consider({"validation_accuracy": accuracy, "epoch": epoch}, network)
    assert best.row == {"best_validation_accuracy": 0.5, "best_epoch": 1} and best.weights["weight"].item() == 1
    judged_by_test = Best()
    judged_by_test.consider({"test_accuracy": 0.5, "epoch": 0}, network)
    assert judged_by_test.weights == {}
