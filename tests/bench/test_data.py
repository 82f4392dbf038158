"""Throughput of the loaders: one row a recipe, missing data said and left out."""

import csv
from pathlib import Path

import pytest

from snnexp.bench import data
from snnexp.commands import main


def test_embedded_data_are_measured_and_missing_ones_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("SNNEXP_DATA", str(tmp_path))
    monkeypatch.setattr(data, "options", lambda group: {"rmp_cifar10": Path(), "rmp_vanilla_cifar10": Path()})
    assert main(["bench", "data", "--quick", "--device", "cpu", "--out", str(tmp_path)]) == 0
    (row,) = csv.DictReader((tmp_path / "data-cpu.csv").read_text().splitlines())
    assert (row["case"], row["shape"]) == ("digits crop", "64x1x8x8")
    assert float(row["samples_per_second"]) == pytest.approx(1437e3 / float(row["median_ms"]), rel=1e-3)
    (said,) = capsys.readouterr().err.splitlines()
    assert "cifar10 crop flip autoaugment cutout: left out" in said and "snnexp data fetch cifar10" in said
