"""Rows in order of accuracy: what they cost, which none beats, and the page and picture of the kept runs."""

import runpy
from pathlib import Path

import pytest
from matplotlib.image import imread

from snnexp import tables
from snnexp.tables import KEPT, records
from snnexp.tables.base import RunRecord
from snnexp.tables.pareto import Point, front, page, points
from snnexp.tables.statistics import summarize

ROOT = Path(__file__).parents[2]


def point(name: str, accuracy: float, firing_rate: float, time: float | None = 1.0) -> Point:
    return Point(name=name, accuracy=summarize([float(accuracy)]), firing_rate=firing_rate, time=time)


def test_the_front_by_hand():
    found = [point("best", 90, 0.5), point("dear", 89, 0.6), point("cheap", 80, 0.1), point("equal", 80, 0.1)]
    assert front(found, "firing_rate") == {"best", "cheap", "equal"}
    assert front(found, "time") == {"best"}  # all of one cost
    assert front([*found, point("unknown", 99, 0.0, time=None)], "time") == {"best"}


@pytest.fixture(scope="module")
def kept() -> list[RunRecord]:
    return records.read(ROOT / KEPT / "methods-small.csv")


def test_kept_runs_are_ordered_and_times_are_over_the_first_rows(kept: list[RunRecord]):
    found = points(tables.request("methods", "small"), kept)
    accuracies = [each.accuracy.mean for each in found]
    assert accuracies == sorted(accuracies, reverse=True) and {each.name for each in found} == {r.row for r in kept}
    (vanilla,) = (each for each in found if each.name == "vanilla")
    assert vanilla.time == 1.0
    own = [record.test_accuracy for record in kept if record.row == "vanilla"]
    assert vanilla.accuracy.mean == pytest.approx(100 * sum(own) / len(own)) and vanilla.accuracy.low is not None


def test_a_cost_at_which_none_does_better_is_bold():
    lines = page([point("best", 90, 0.5), point("dear", 89, 0.6, time=None), point("cheap", 80, 0.25)]).splitlines()
    assert lines[2:] == [
        "| 1 | best | 90.00 | **1.00** | **0.5000** |",
        "| 2 | dear | 89.00 |  | 0.6000 |",
        "| 3 | cheap | 80.00 | 1.00 | **0.2500** |",
    ]


def test_the_script_draws_the_kept_runs_into_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    (tmp_path / "methods.md").write_text("a\n<!-- pareto methods small -->\n<!-- /pareto methods small -->\nb\n")
    runpy.run_path("scripts/pareto")["main"](docs=tmp_path)
    text = (tmp_path / "methods.md").read_text()
    assert "![" in text and "| vanilla | " in text and text.endswith("\nb\n")
    assert imread(tmp_path / "pareto-methods-small.png").shape[1] == 1430
