"""Accuracy against what it costs."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes

from snnexp.plots.base import BLUE, INK, PALE, QUIET, drawing

FAINT = "#cfcfcf"  # of an interval
Point = tuple[float, float, float, float]  # cost, accuracy, and how far its interval reaches down and up


def pareto(path: Path, panels: Mapping[str, tuple[Sequence[Point | None], Collection[int]]]) -> None:
    """Draw a panel for each cost: points numbered from 1, those on the front (by their place) in colour and joined."""
    with drawing(path, 11.0, 5.2) as figure:
        all_axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axes, (title, (points, front)) in zip(all_axes, panels.items(), strict=True):
            panel(axes, points, front)
            axes.set_xlabel(title)
        all_axes[0].set_ylabel("accuracy, last epoch (%)")


def panel(axes: Axes, points: Sequence[Point | None], front: Collection[int]) -> None:
    """Draw each point with its interval and its number; None has no such cost."""
    axes.grid(color=PALE)
    for place, point in enumerate(points):
        if point is None:
            continue
        cost, accuracy, down, up = point
        color, line = (BLUE, BLUE) if place in front else (QUIET, FAINT)
        axes.errorbar(
            cost, accuracy, [[down], [up]], color=color, ecolor=line, elinewidth=0.7, marker="o", markersize=4
        )
        axes.annotate(str(place + 1), (cost, accuracy), (4, 3), textcoords="offset points", fontsize=8, color=INK)
    best = sorted(point[:2] for place, point in enumerate(points) if place in front and point)
    axes.step(*zip(*best, strict=True), where="post", color=BLUE, linewidth=1)
