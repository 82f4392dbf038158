"""Readers of recordings side by side: rows of both, missing sets said, a table in the docs."""

import csv
from pathlib import Path

import pytest

from snnexp.bench import decode
from snnexp.bench.report.tables import TABLES
from snnexp.commands import main


def test_a_set_that_is_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("SNNEXP_DATA", str(tmp_path))
    monkeypatch.setattr(decode, "CONTENDERS", [])
    assert main(["bench", "decode", "--quick", "--device", "cpu", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(" warning ")[2] for line in said] == [
        f"{name}: left out, no {pattern} below $SNNEXP_DATA" for name, (pattern, _) in decode.SETS.items()
    ]


@pytest.mark.slow
def test_both_readers_read_the_real_recordings(data_root: Path, tmp_path: Path):
    assert main(["bench", "decode", "--quick", "--device", "cpu", "--out", str(tmp_path)]) == 0
    rows = list(csv.DictReader((tmp_path / "decode-cpu.csv").read_text().splitlines()))
    assert [(row["case"], row["contender"], row["N"]) for row in rows] == [
        ("N-MNIST .bin", "snnexp", "100"),
        ("N-MNIST .bin", "SpikingJelly", "100"),
        ("DVS128 Gesture .bs2", "snnexp", "10"),
        ("DVS128 Gesture .bs2", "SpikingJelly", "10"),
    ]
    assert "SpikingJelly 2.0.0" in TABLES["decode"](rows)
