"""Each figure is drawn at its own epoch."""

from pathlib import Path

from snnexp.report.base.panels import Axis
from snnexp.report.base.runs import Group, ShownRun
from snnexp.report.curves import of_group


def group(*runs: dict[int, float]) -> Group:
    """A group of runs with a loss in these epochs, counted from 0, and in no other."""
    made = []
    for losses in runs:
        rows = [{"epoch": epoch} | ({"loss": losses[epoch]} if epoch in losses else {}) for epoch in range(3)]
        made.append(ShownRun(Path("run"), "running", "", "", {}, rows, None, None))
    return Group(0, "name", tuple(made))


def test_an_epoch_that_lacks_a_figure_moves_no_other():
    x = y = Axis(0.0, 4.0)
    curves = [*of_group(group({0: 1.0, 2: 3.0}, {1: 2.0, 2: 1.0}), 1, {"test": "loss"}, x, y)]
    assert [curve.is_point for curve in curves] == [False, False, True]  # drawn large enough to be seen
    paths = ["M250 750l500-500", "M500 500l250 250", "M750 500l0 0"]  # one seed's, the other's, their mean
    assert [curve.path for curve in curves] == paths
