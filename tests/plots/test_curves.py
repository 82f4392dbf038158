"""What is drawn is what the rows say."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from snnexp.metrics import figures
from snnexp.plots.curves import curve, learning_curves

CURVES = {figure.caption: figure for figure in figures.curves()}
ROWS = [
    {"epoch": 0, "test_accuracy": 0.5, "train_accuracy": 0.4, "test_loss": 2.0, "train_loss": 3.0}
    | {"firing_rate": 0.2, "quantization_error": 0.4},
    {"epoch": 1, "test_accuracy": 0.6, "train_accuracy": 0.5, "test_loss": 1.0, "train_loss": 2.0}
    | {"firing_rate": 0.2, "quantization_error": 0.3},
]


def test_test_and_training_by_epoch_of_each_run():
    axes = Figure().subplots()
    curve(axes, {"a": ROWS, "b": ROWS[:1]}, CURVES["Accuracy (%)"])
    drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines]
    assert drawn == [
        ([1, 2], pytest.approx([50, 60])),
        ([1, 2], pytest.approx([40, 50])),
        ([1], pytest.approx([50])),
        ([1], pytest.approx([40])),
    ]
    assert axes.lines[0].get_color() == axes.lines[1].get_color() != axes.lines[2].get_color()


def test_losses_begin_at_zero_and_none_is_cut():
    axes = Figure().subplots()
    curve(axes, {"a": ROWS}, CURVES["Loss"])
    low, high = axes.get_ylim()
    assert low == 0 and high > 3


def test_an_infinite_loss_and_no_epoch_leave_the_others_drawn():
    axes = Figure().subplots()
    curve(
        axes,
        {"a": [*ROWS, ROWS[1] | {"epoch": 2, "test_loss": float("inf"), "train_loss": float("nan")}]},
        CURVES["Loss"],
    )
    assert 3 < axes.get_ylim()[1] < 4
    curve(axes, {"a": []}, CURVES["Loss"])
    assert axes.get_ylim() == (0, 1)


@pytest.mark.parametrize("runs", [{"a": ROWS}, {"a": ROWS[:1], "b": ROWS}], ids=["one", "two"])
def test_draws(runs, tmp_path: Path):
    learning_curves(tmp_path / "curves.png", runs)
    assert (tmp_path / "curves.png").stat().st_size > 5000
