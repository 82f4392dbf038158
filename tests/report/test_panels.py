"""Paths and ticks by hand."""

import pytest

from snnexp.metrics.sample import Sample
from snnexp.report.base.panels import Axis, Curve, Panel, line, stairs
from snnexp.report.base.runs import Group
from snnexp.report.rasters import panel


def test_lines_skip_what_is_not_finite():
    points = [(0.0, 0.0), (5.0, float("nan")), (5.0, 2.0), (10.0, 1.0)]
    assert line(Axis(0.0, 10.0), Axis(0.0, 2.0), points) == "M0 1000l500-1000 500 500"
    assert line(Axis(0.0, 10.0), Axis(0.0, 2.0), [(5.0, 1.0)]) == "M500 500l0 0"
    assert line(Axis(0.0, 10.0), Axis(0.0, 2.0), [(5.0, float("inf"))]) == ""


def test_stairs_begin_and_end_at_the_bottom():
    assert stairs(Axis(0.0, 4.0), [1.0, 3.0]) == "M0 1000V750H500V250H1000V1000"


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0.0, 1.05, ["0", "0.5", "1"]),
        (17.5, 42.5, ["20", "25", "30", "35", "40"]),
        (0.0, 0.0003, ["0", "0.0001", "0.0002", "0.0003"]),
        (0.9, 3.1, ["1", "2", "3"]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, texts: list[str]):
    ticks = Axis(low, high).ticks(least=1.0 if low == 0.9 else 0.0)
    assert [tick.text for tick in ticks] == texts
    assert [tick.percent for tick in ticks] == pytest.approx(
        [(float(t) - low) / (high - low) * 100 for t in texts], abs=0.01
    )


def test_an_axis_holds_values_that_are_all_the_same():
    axis = Axis.over([0.5, 0.5], zero=False)
    assert axis.low < 0.5 < axis.high and Axis.over([]).high > 0


def test_a_curve_that_another_hides_is_known():
    one, two = (Group(number, "", ()) for number in (0, 1))
    drawn = [Curve(one, "mean", "M0 0l1 1"), Curve(two, "mean", "M0 0l1 1"), Curve(two, "seed", "M0 0l1 1")]
    assert [below for _, below in Panel("", tuple(drawn), ()).drawn] == [0, 1, 0]


def test_a_raster_has_a_band_for_each_layer_and_a_point_for_each_spike():
    found = panel(Group(0, "", ()), "title", Sample("3", "5", 2, {"stem": [[1, 2], [2]], "head": []}))
    assert found.title == "title" and [(tick.text, tick.percent) for tick in found.y] == [
        ("stem", 75.0),
        ("head", 25.0),
    ]
    assert found.curves[0].path == "M250 150h0M750 150h0M750 350h0" and [tick.text for tick in found.x] == ["1", "2"]
