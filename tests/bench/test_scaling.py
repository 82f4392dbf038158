"""Sweeps vary one quantity and keep the others."""

import csv
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from snnexp.bench import scaling


def test_sweeps_reach_what_must_be_shown():
    assert scaling.SWEEPS["T"][0] == 1 and scaling.SWEEPS["T"][-1] == 64


def test_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_process: Callable[[ModuleType], None]):
    in_process(scaling)
    monkeypatch.setattr(scaling, "SWEEPS", {"width": (2,)})
    assert scaling.main(["--quick", "--device", "cpu", "--out", str(tmp_path)]) == 0
    (row,) = csv.DictReader((tmp_path / "scaling-cpu.csv").read_text().splitlines())
    assert (row["case"], row["width"], row["T"], row["N"], row["neurons"]) == ("width", "2", "4", "16", str(2 * 4992))
