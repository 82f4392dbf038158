"""Learning curves: figures of the training and the test set by epoch."""

from collections.abc import Mapping, Sequence
from math import ceil, isfinite
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from snnexp.metrics import figures
from snnexp.metrics.base.figure import Figure
from snnexp.plots.base import PALE, QUIET, RUNS, drawing

STYLES: dict[str, dict[str, Any]] = {
    "test": {"linestyle": "-", "linewidth": 2},
    "validation": {"linestyle": "-", "linewidth": 2},
    "training": {"linestyle": (0, (3, 1.5)), "linewidth": 1.2},
}
Rows = Sequence[Mapping[str, Any]]


def learning_curves(path: Path, runs: Mapping[str, Rows]) -> None:
    """Draw the runs' figures by epoch: accuracy, loss, firing rate, ...; runs are given by their names."""
    there = keys_of(runs)
    drawn = [each for each in figures.curves() if not there or there & {*each.lines.values()}]
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


def keys_of(runs: Mapping[str, Rows]) -> set[str]:
    """Find what any row of the runs has."""
    return {key for rows in runs.values() for row in rows for key in row}


def curve(axes: Axes, runs: Mapping[str, Rows], figure: Figure) -> None:
    """Draw one panel: solid for the test set or the validation split, dashed for the training set."""
    factor = figure.scale
    there = keys_of(runs)
    keys = {kind: key for kind, key in figure.lines.items() if key in there}
    for rows, colour in zip(runs.values(), RUNS, strict=False):
        for kind, key in keys.items():
            found = [row for row in rows if key in row]  # rows of old lack some
            points = [row["epoch"] + 1 for row in found], [factor * row[key] for row in found]
            axes.plot(*points, color=colour, marker="o" if len(rows) == 1 else None, **STYLES[kind])
    if len(keys) > 1:
        lines = [Line2D([], [], color=QUIET, **STYLES[kind]) for kind in keys]
        axes.legend(lines, [*keys], frameon=False, labelcolor=QUIET)
    axes.set(title=figure.caption, xlabel="epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(axis="y", color=PALE)
    if factor == 1:
        drawn = [row[key] for rows in runs.values() for row in rows for key in keys.values() if key in row]
        axes.set_ylim(0, 1.05 * max(filter(isfinite, drawn), default=0.0) or 1)
