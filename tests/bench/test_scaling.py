"""Sweeps vary one quantity and keep the others."""

import csv
from pathlib import Path

import pytest

from snnexp.bench import scaling
from snnexp.commands import main


def test_sweeps_reach_what_must_be_shown():
    assert scaling.SWEEPS["T"][0] == 1 and scaling.SWEEPS["T"][-1] == 64


@pytest.mark.usefixtures("in_process")
def test_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scaling, "SWEEPS", {"width": (2,)})
    assert main(["bench", "scaling", "--quick", "--device", "cpu", "--out", str(tmp_path)]) == 0
    (row,) = csv.DictReader((tmp_path / "scaling-cpu.csv").read_text().splitlines())
    assert (row["case"], row["width"], row["T"], row["N"], row["neurons"]) == ("width", "2", "4", "16", str(2 * 4992))
