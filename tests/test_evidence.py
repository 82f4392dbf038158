"""The pictures of docs/evidence.md are drawn from the kept runs."""

import runpy
from pathlib import Path

import pytest

from snnexp.metrics.figures import FIGURES, columns
from snnexp.tables import records
from snnexp.tables.base import RunRecord

DEFINED = runpy.run_path(str(Path(__file__).parents[1] / "scripts/evidence"))


def record(row: str, seed: int, **fields) -> RunRecord:
    told = {"exp": "e", "id": "0123456789", "best_epoch": 0, "data": "a set", "commit": None, "snnexp": "0.1.0"}
    told |= {"torch": "2.10.0", "device": "a processor", "best_test_accuracy": None, "quantization_error": 0.5}
    return RunRecord(row=row, seed=seed, **told | fields)


FOUND = [
    record("vanilla", 1, test_accuracy=0.5, firing_rate=0.2, more={"v_pre_std": 1.5}),
    record("RMP", 1, test_accuracy=0.6, firing_rate=0.3),
]


def test_a_point_is_a_run_with_both_figures():
    by_column = {each.column: each for each in columns()}
    points = DEFINED["points"]
    assert points(FOUND, by_column["firing_rate"], FIGURES[0]) == {"vanilla": [(0.2, 50.0)], "RMP": [(0.3, 60.0)]}
    assert points(FOUND, by_column["v_pre_std"], FIGURES[0]) == {"vanilla": [(1.5, 50.0)]}


def test_each_scale_of_a_table_that_decides_has_its_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    records.write(Path("results/tables/x_why-small.csv"), FOUND)
    records.write(Path("results/tables/other-small.csv"), FOUND)
    records.write(Path("results/tables/y_why-small.csv"), [])  # not trained yet
    records.write(Path("results/tables/x_why-gpu.csv"), FOUND)
    DEFINED["main"](tmp_path)
    drawn = sorted(path.name for path in tmp_path.glob("*.png"))
    assert drawn == ["evidence-x_why-gpu.png", "evidence-x_why-small.png"]
