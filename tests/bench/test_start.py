"""Time to the first step: of real commands, with and without the kernels of an earlier one."""

import csv
from pathlib import Path

from snnexp.bench import start


def test_both_cases_are_measured_and_leave_nothing(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(start, "COMMANDS", {"wrong key": start.COMMANDS["wrong key"]})
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    assert start.main(["--quick", "--device", "cpu", "--out", str(tmp_path)]) == 0
    rows = list(csv.DictReader((tmp_path / "start-cpu.csv").read_text().splitlines()))
    assert [(row["case"], row["shape"], row["timings"]) for row in rows] == [
        ("kernels kept", "64x1x8x8", "1"),
        ("kernels compiled", "64x1x8x8", "1"),
        ("wrong key", "64x1x8x8", "1"),
    ]
    assert all(float(row["median_ms"]) > 100 for row in rows)
    assert list((tmp_path / "cwd").iterdir()) == []
