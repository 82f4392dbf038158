"""Learning curves: figures of the training and the test set by epoch."""

from collections.abc import Mapping, Sequence
from math import ceil, isfinite
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from snnexp.metrics import figures
from snnexp.metrics.figures import Figure
from snnexp.plots.base import PALE, QUIET, RUNS, drawing

Rows = Sequence[Mapping[str, Any]]


def learning_curves(path: Path, runs: Mapping[str, Rows]) -> None:
    """Accuracy, loss, firing rate and quantization error of each run by epoch; runs are given by their names."""
    drawn = figures.curves()
    rows = ceil(len(drawn) / 2)
    with drawing(path, 9.5, 3.0 * rows) as figure:
        panels = list(figure.subplots(rows, 2).flat)
        for axes, each in zip(panels, drawn, strict=False):
            curve(axes, runs, each)
        for axes in panels[len(drawn) :]:
            axes.set_axis_off()
        if len(runs) > 1:
            colours = [Line2D([], [], color=colour, linewidth=2) for colour in RUNS]
            figure.legend(colours, [*runs], loc="outside upper left", ncols=2, frameon=False)


def curve(axes: Axes, runs: Mapping[str, Rows], figure: Figure) -> None:
    """One of the panels: solid for the test set, dashed for the training set."""
    factor, keys = figure.scale, figure.lines
    for rows, colour in zip(runs.values(), RUNS, strict=False):
        for key, line in zip(keys, ("-", (0, (3, 1.5))), strict=False):
            found = [row for row in rows if key in row]  # rows of old lack some
            points = [row["epoch"] + 1 for row in found], [factor * row[key] for row in found]
            style = {"linestyle": line, "linewidth": 2 if line == "-" else 1.2}
            axes.plot(*points, color=colour, marker="o" if len(rows) == 1 else None, **style)
    if len(keys) > 1:
        lines = [Line2D([], [], color=QUIET, linestyle=line) for line in ("-", (0, (3, 1.5)))]
        axes.legend(lines, ["test", "training"], frameon=False, labelcolor=QUIET)
    axes.set(title=figure.caption, xlabel="epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(axis="y", color=PALE)
    if factor == 1:
        drawn = [row[key] for rows in runs.values() for row in rows for key in keys if key in row]
        axes.set_ylim(0, 1.05 * max(filter(isfinite, drawn), default=0.0) or 1)
