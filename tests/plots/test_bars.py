"""Bars carry the layers' figures."""

from pathlib import Path

from matplotlib.figure import Figure

from snnexp.metrics.figures import DRAWN
from snnexp.plots.bars import bars, layer_bars

LAYERS = [{"name": name, "firing_rate": 0.1 * i, "quantization_error": 0.5} for i, name in enumerate("abc")]
RECTIFIED = [layer | {"quantization_error_rectified": 0.25} for layer in LAYERS]


def test_the_first_layer_is_on_top_and_runs_stand_in_order():
    axes = Figure().subplots()
    bars(axes, {"one": LAYERS, "two": LAYERS[::-1]}, DRAWN[0])
    widths = [round(patch.get_width(), 6) for patch in axes.patches]
    assert widths == [0, 0.1, 0.2, 0.2, 0.1, 0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    tops = [patch.get_y() for patch in axes.patches]
    assert tops[0] < tops[3] < tops[1]
    assert [text.get_text() for text in axes.texts][:3] == ["0.0%", "10.0%", "20.0%"]


def test_a_figure_that_one_run_lacks_is_left_empty(tmp_path: Path):
    axes = Figure().subplots()
    bars(axes, {"one": LAYERS, "two": RECTIFIED}, DRAWN[2])
    assert [text.get_text() for text in axes.texts] == ["", "", "", "0.250", "0.250", "0.250"]
    layer_bars(tmp_path / "layers.png", {"one": LAYERS, "two": RECTIFIED})
    layer_bars(tmp_path / "plain.png", {"one": LAYERS})
    assert (tmp_path / "layers.png").stat().st_size > (tmp_path / "plain.png").stat().st_size > 5000
