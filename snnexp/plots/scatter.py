"""Runs as points: one figure of each against another."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle, product
from pathlib import Path

from matplotlib.axes import Axes

from snnexp.plots.base import BLUE, INK, ORANGE, bare, drawing

COLORS = (INK, BLUE, ORANGE, "#1b7837", "#762a83", "#b2182b", "#5aae61", "#9970ab")
FORMS = "o^sD"  # with the colours 32 looks
ACROSS = 3  # panels beside each other
Points = Mapping[str, Sequence[tuple[float, float]]]  # of each group of runs, by its name
Look = tuple[str, str]  # form and colour


def scatter(path: Path, panels: Mapping[str, Points], y: str) -> None:
    """Draw a panel for each figure, by its caption, with a point a run; `y` is the caption that all share."""
    count = -(-len(panels) // ACROSS)
    own = looks(panels.values())
    with drawing(path, 3.4 * ACROSS, 0.6 + 3.0 * count) as figure:
        grid = figure.subplots(count, ACROSS, sharey=True, squeeze=False)
        for axes, (caption, groups) in zip(grid.flat, panels.items(), strict=False):
            panel(axes, caption, groups, own)
        for axes in grid.flat[len(panels) :]:
            bare(axes)
        figure.supylabel(y, fontsize=10)
        drawn = [axes.get_legend_handles_labels() for axes in grid.flat]
        named = {name: handle for handles, names in drawn for handle, name in zip(handles, names, strict=True)}
        figure.legend([named[name] for name in own], [*own], loc="outside upper left", ncols=5, frameon=False)


def looks(panels: Iterable[Points]) -> dict[str, Look]:
    """Give each group a look of its own, the same in all panels, also where it is not in each of them."""
    names = dict.fromkeys(name for groups in panels for name in groups)
    return dict(zip(names, cycle(product(FORMS, COLORS)), strict=False))


def panel(axes: Axes, caption: str, groups: Points, own: Mapping[str, Look]) -> None:
    """Draw the points of each group in its own look."""
    for name, points in groups.items():
        form, color = own[name]
        axes.scatter(*zip(*points, strict=True), s=18, color=color, marker=form, alpha=0.8, label=name)
    axes.set(xlabel=caption)
