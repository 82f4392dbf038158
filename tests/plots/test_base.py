"""The file that a drawing ends in, and the histogram that pictures share."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from snnexp.metrics.histogram import Histogram
from snnexp.plots.base import BLUE, ORANGE, drawing, histogram


def test_writes_a_picture_and_makes_its_folder(tmp_path: Path):
    path = tmp_path / "figures/one.png"
    with drawing(path, 2.0, 1.0) as figure:
        figure.subplots()
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_signed_neuron_fires_at_both_ends():
    axes = Figure().subplots()
    histogram(axes, Histogram([1.0, 2.0, 3.0, 4.0], [0.0] * 4, -1.0, 1.0, 0.5, is_signed=True), top=9.0)
    down, silent, up, _ = axes.patches
    assert [[*patch.get_data().values] for patch in (down, silent, up)] == [[1], [2, 3], [4]]
    assert down.get_facecolor() == up.get_facecolor() != silent.get_facecolor()
    assert [line.get_xdata()[0] for line in axes.lines] == [0.5, -0.5]


@pytest.mark.parametrize(("v_threshold", "below"), [(0.5, 3), (0.0, 2), (-9.0, 0), (9.0, 4)])
def test_colours_change_at_the_threshold(v_threshold, below):
    axes = Figure().subplots()
    histogram(axes, Histogram([1.0, 2.0, 3.0, 4.0], [0.0, 9.0, 0.0, 0.0], -1.0, 1.0, v_threshold), top=9.0)
    *filled, current = axes.patches
    assert not current.get_fill() and [*current.get_data().values] == [0, 9, 0, 0]
    areas = {patch.get_facecolor()[2]: patch.get_data().values for patch in filled}  # told apart by their blue
    blue, orange = (int(colour[5:7], 16) / 255 for colour in (BLUE, ORANGE))
    assert len(areas[blue]) == below and [*areas[blue], *areas[orange]] == [1, 2, 3, 4]
    assert axes.lines[0].get_xdata()[0] == v_threshold
    assert axes.get_ylim()[1] > 9
