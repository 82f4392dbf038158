"""`snnexp train`: what it refuses before anything is made, and what it hands on."""

from pathlib import Path

import pytest

from snnexp.commands import main


def test_missing_data_are_told_before_anything_is_made(tmp_path: Path, capsys: pytest.CaptureFixture):
    words = ["dataset=cifar10", f"dataset.root={tmp_path}", f"runs_dir={tmp_path / 'runs'}"]
    assert main(["train", *words]) == 2
    out, error = capsys.readouterr()
    assert len(error.splitlines()) == 1 and out == ""
    assert f"not found in {tmp_path}" in error and "snnexp data fetch cifar10" in error
    assert not (tmp_path / "runs").exists()


def test_train_passes_on_what_it_was_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    calls = []
    monkeypatch.setattr("snnexp.training.run.main", lambda *given: calls.append(given) or 75)
    where = ["--config-dir", str(tmp_path), "--allow-module", "a", "--allow-module=b"]
    assert main(["train", "T=2", *where, "loss=mse_rate", "exp=nmnist"]) == 75
    ((composed, folder),) = calls
    assert composed.overrides == ["T=2", "loss=mse_rate", "exp=nmnist"] and composed.config["T"] == 2
    assert (folder, composed.allow_modules) == (str(tmp_path), ("a", "b"))
