"""Learning curves: figures of the training and the test set by epoch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from snnexp.plots.base import PALE, QUIET, RUNS, drawing
from snnexp.titles import CURVES

Rows = Sequence[Mapping[str, Any]]


def learning_curves(path: Path, runs: Mapping[str, Rows]) -> None:
    """Accuracy, loss, firing rate and quantization error of each run by epoch; runs are given by their names."""
    with drawing(path, 9.5, 6.0) as figure:
        for axes, title in zip(figure.subplots(2, 2).flat, CURVES, strict=True):
            curve(axes, runs, title)
        if len(runs) > 1:
            colours = [Line2D([], [], color=colour, linewidth=2) for colour in RUNS]
            figure.legend(colours, [*runs], loc="outside upper left", ncols=2, frameon=False)


def curve(axes: Axes, runs: Mapping[str, Rows], title: str) -> None:
    """One of the panels: solid for the test set, dashed for the training set."""
    factor, *keys = CURVES[title]
    for rows, colour in zip(runs.values(), RUNS, strict=False):
        epochs = [row["epoch"] + 1 for row in rows]
        for key, line in zip(keys, ("-", (0, (3, 1.5))), strict=False):
            values = [factor * row[key] for row in rows]
            style = {"linestyle": line, "linewidth": 2 if line == "-" else 1.2}
            axes.plot(epochs, values, color=colour, marker="o" if len(rows) == 1 else None, **style)
    if len(keys) > 1:
        lines = [Line2D([], [], color=QUIET, linestyle=line) for line in ("-", (0, (3, 1.5)))]
        axes.legend(lines, ["test", "training"], frameon=False, labelcolor=QUIET)
    axes.set(title=title, xlabel="epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(axis="y", color=PALE)
    if factor == 1:
        axes.set_ylim(0, 1.05 * max(row[key] for rows in runs.values() for row in rows for key in keys) or 1)
