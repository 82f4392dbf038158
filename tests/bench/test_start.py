"""Time to the first step: of real commands, with and without the kernels of an earlier one."""

import csv
from pathlib import Path

from snnexp.bench import start
from snnexp.commands import main


def test_both_cases_are_measured_and_leave_nothing(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(start, "COMMANDS", {"wrong key": start.COMMANDS["wrong key"]})
    few = (*start.TINY, "seed=range(2)")
    monkeypatch.setattr(start, "MANY", few)
    monkeypatch.setitem(start.DONE, "sweep of 200 jobs done", ("snnexp", "sweep", *few))
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    assert main(["bench", "start", "--quick", "--device", "cpu", "--out", str(tmp_path)]) == 0
    rows = list(csv.DictReader((tmp_path / "start-cpu.csv").read_text().splitlines()))
    assert [(row["case"], row["shape"], row["timings"]) for row in rows] == [
        ("kernels kept", "64x1x8x8", "1"),
        ("kernels compiled", "64x1x8x8", "1"),
        ("wrong key", "64x1x8x8", "1"),
        ("sweep of 200 jobs done", "64x1x8x8", "1"),
        ("table of finished runs", "64x1x8x8", "1"),
        ("import scipy.special", "64x1x8x8", "1"),
    ]
    assert all(float(row["median_ms"]) > 10 for row in rows)
    assert list((tmp_path / "cwd").iterdir()) == []


def test_runs_written_down_are_done_for_a_sweep_and_a_table(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setattr(start, "MANY", (*start.TINY, "seed=range(2)"))
    start.finish("cpu", str(tmp_path))
    where = ["device=cpu", f"runs_dir={tmp_path}"]
    assert main(["sweep", *start.MANY, "--dry-run", *where]) == 0
    assert main(["table", start.TABLE[0], "--scale", start.TABLE[1], *where]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 done, 0 failed, 0 to do") and said.count("| 3* | 50.00") == 2
