from pathlib import Path
from unittest.mock import Mock

import pytest

pytest.importorskip("mlflow")
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from snnexp.errors import UserError
from snnexp.loggers import base
from snnexp.loggers.base import Shown
from snnexp.loggers.mlflow import Mlflow

ROWS = [{"epoch": epoch, "train_loss": 0.1 * epoch, "test": {"accuracy": 1 / 3}, "note": "x"} for epoch in range(3)]


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    return str(tmp_path / "store")


def logged(store: str, shown: Shown, before: int, status: str) -> str:
    """Show a run from where it stopped, one epoch more, to some end; returns its name in MLflow."""
    logger = Mlflow(tracking_uri=store)
    logger.begin(shown, ROWS[:before])
    logger.log(ROWS[before])
    logger.end(status, {"test_accuracy": 0.75} if status == "done" else {})
    return logger.id


def test_a_run_goes_on_in_the_same_run_of_mlflow(tmp_path: Path, store: str):
    folder = tmp_path / "0123456789-s1"
    folder.mkdir()
    shown, client = Shown(folder, "digits", {"T": 2, "trainer": {"freeze": []}}), MlflowClient(store)
    first = logged(store, shown, 0, "preempted")
    assert client.get_run(first).info.status == "KILLED"
    assert logged(store, shown, 2, "done") == first
    for name, values in {"train_loss": [row["train_loss"] for row in ROWS], "test/accuracy": [1 / 3] * 3}.items():
        found = client.get_metric_history(first, name)
        assert [(each.step, each.value) for each in found] == [*enumerate(values)]
    run = client.get_run(first)
    assert run.info.status == "FINISHED" and run.data.metrics["result/test_accuracy"] == 0.75
    assert run.data.params == {"T": "2", "trainer.freeze": "[]"} and run.info.run_name == folder.name
    assert len(client.search_runs([client.get_experiment_by_name("digits").experiment_id])) == 1


def test_a_store_that_does_not_know_the_run_gets_all_of_it(tmp_path: Path, store: str):
    shown = Shown(tmp_path, "digits", {})
    first, other = logged(store, shown, 0, "failed"), f"{store}2"
    again = logged(other, shown, 1, "failed")
    assert again != first and shown.recall("mlflow") == again
    assert [each.step for each in MlflowClient(other).get_metric_history(again, "train_loss")] == [0, 1]


def test_a_store_that_does_not_answer_makes_no_second_run(tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch):
    shown = Shown(tmp_path, "digits", {})
    first = logged(store, shown, 0, "preempted")
    with monkeypatch.context() as patch, pytest.raises(MlflowException, match="timed out"):
        patch.setattr(MlflowClient, "get_run", Mock(side_effect=MlflowException("timed out")))
        logged(store, shown, 1, "done")
    assert shown.recall("mlflow") == first == logged(store, shown, 1, "done")


def test_an_epoch_that_was_half_logged_is_completed(tmp_path: Path, store: str):
    shown = Shown(tmp_path, "digits", {})
    name = logged(store, shown, 0, "failed")
    MlflowClient(store).log_metric(name, "train_loss", ROWS[1]["train_loss"], step=1)
    logged(store, shown, 2, "done")
    for metric in ("train_loss", "test/accuracy"):
        assert [each.step for each in MlflowClient(store).get_metric_history(name, metric)] == [0, 1, 2]


def test_a_missing_package_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(base, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"^logger=\[mlflow\]: mlflow is not installed; .*mlflow"):
        Mlflow(tracking_uri=None)
