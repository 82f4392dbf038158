"""W&B and MLflow hold what metrics.jsonl holds, also of a run that was killed; nothing reaches for the network."""

import json
import signal
import socket
from pathlib import Path

import pytest

pytest.importorskip("wandb")
pytest.importorskip("mlflow")
from mlflow import MlflowClient
from trainings import start
from wandb_files import history

OFFLINE = {"WANDB_MODE": "offline", "MLFLOW_ALLOW_FILE_STORE": "true"}


def test_both_hold_every_epoch_of_a_killed_run_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    said, store = tmp_path / "said", tmp_path / "store"
    words = [f"runs_dir={tmp_path / 'runs'}", "logger=[tensorboard,wandb,mlflow]", "backbone.width=2"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        proxy = f"http://127.0.0.1:{server.getsockname()[1]}"
        environment = OFFLINE | {"MLFLOW_TRACKING_URI": str(store)}
        environment |= {name: proxy for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")}
        killed = start(said, *words, signals={17: [signal.SIGKILL]}, environment=environment)
        killed.join()
        assert killed.exitcode == -signal.SIGKILL, said.read_text()
        (folder,) = (tmp_path / "runs").glob("*/*-s1")
        (first,) = folder.glob("wandb/offline-run-*")  # of which W&B has written nothing yet
        again = start(said, *words, environment=environment)
        again.join()
        assert again.exitcode == 0, said.read_text()
        with pytest.raises(TimeoutError):  # nobody has asked for a way out
            server.accept()
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [0, 1, 2]
    (last,) = {*folder.glob("wandb/offline-run-*")} - {first}
    assert {path.name.rpartition("-")[2] for path in (first, last)} == {(folder / "wandb.id").read_text().strip()}
    (file,) = last.glob("*.wandb")
    assert [{"epoch": row.pop("_step")} | row for row in history(file)] == rows
    client, name = MlflowClient(str(store)), (folder / "mlflow.id").read_text().strip()
    for key in rows[0].keys() - {"epoch"}:
        found = client.get_metric_history(name, key)
        assert [(each.step, each.value) for each in found] == [(row["epoch"], row[key]) for row in rows]
