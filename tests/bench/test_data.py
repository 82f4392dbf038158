"""Throughput of the loaders: one row a recipe, missing data said and left out."""

import csv
import logging
from pathlib import Path

import pytest

from snnexp.bench import data


def test_embedded_data_are_measured_and_missing_ones_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setenv("SNNEXP_DATA", str(tmp_path))
    monkeypatch.setattr(data, "options", lambda group: {"rmp_cifar10": Path(), "rmp_vanilla_cifar10": Path()})
    with caplog.at_level(logging.WARNING, "snnexp"):
        assert data.main(["--quick", "--device", "cpu", "--out", str(tmp_path)]) == 0
    (row,) = csv.DictReader((tmp_path / "data-cpu.csv").read_text().splitlines())
    assert (row["case"], row["shape"]) == ("digits crop", "64x1x8x8")
    assert float(row["samples_per_second"]) == pytest.approx(1437e3 / float(row["median_ms"]), rel=1e-3)
    (said,) = caplog.messages
    assert said.startswith("cifar10 crop flip autoaugment cutout: left out") and "snnexp data fetch cifar10" in said
