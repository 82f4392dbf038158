"""Evaluation of whole networks: rows of all forms of ours beside the twin's."""

import csv
from pathlib import Path

import pytest

from snnexp.bench import inference
from snnexp.commands import main


@pytest.mark.usefixtures("in_process")
def test_rows_on_a_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inference, "CONTENDERS", [inference.OURS, inference.PAIR, inference.UNMEASURED, inference.TWIN])
    monkeypatch.setattr(inference, "KEPT", [])
    assert main(["bench", "inference", "--quick", "--device", "cpu", "--out", str(tmp_path)]) == 0
    rows = list(csv.DictReader((tmp_path / "inference-cpu.csv").read_text().splitlines()))
    assert [row["contender"] for row in rows] == [
        "snnexp",
        "snnexp, batch norm apart",
        "snnexp, potentials not measured",
        "ReLU twin",
    ]
    assert {(row["benchmark"], row["case"], row["T"], row["N"]) for row in rows} == {
        ("inference", "resnet20", "4", "2")
    }
    for row in rows:
        assert float(row["samples_per_second"]) == pytest.approx(2000 / float(row["median_ms"]), rel=1e-3)
