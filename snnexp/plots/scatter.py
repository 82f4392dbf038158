"""Runs as points: one figure of each against another."""

from collections.abc import Mapping, Sequence
from itertools import cycle, product
from pathlib import Path

from matplotlib.axes import Axes

from snnexp.plots.base import BLUE, INK, ORANGE, bare, drawing

COLORS = (INK, BLUE, ORANGE, "#1b7837", "#762a83", "#b2182b", "#5aae61", "#9970ab")
ACROSS = 3  # panels beside each other
Points = Mapping[str, Sequence[tuple[float, float]]]  # of each group of runs, by its name


def scatter(path: Path, panels: Mapping[str, Points], y: str) -> None:
    """Draw a panel for each figure, by its caption, with a point a run; `y` is the caption that all share."""
    count = -(-len(panels) // ACROSS)
    with drawing(path, 3.4 * ACROSS, 0.6 + 3.0 * count) as figure:
        grid = figure.subplots(count, ACROSS, sharey=True, squeeze=False)
        for axes, (caption, groups) in zip(grid.flat, panels.items(), strict=False):
            panel(axes, caption, groups)
        for axes in grid.flat[len(panels) :]:
            bare(axes)
        figure.supylabel(y, fontsize=10)
        figure.legend(*grid.flat[0].get_legend_handles_labels(), loc="outside upper left", ncols=5, frameon=False)


def panel(axes: Axes, caption: str, groups: Points) -> None:
    """Draw the points of each group in a colour of its own, and beyond these in another form."""
    for (marker, color), (name, points) in zip(cycle(product("o^sD", COLORS)), groups.items(), strict=False):
        axes.scatter(*zip(*points, strict=True), s=18, color=color, marker=marker, alpha=0.8, label=name)
    axes.set(xlabel=caption)
