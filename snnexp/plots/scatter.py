"""Runs as points: one figure of each against another."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from snnexp.plots.base import BLUE, INK, ORANGE, drawing

COLORS = (INK, BLUE, ORANGE, "#1b7837", "#762a83", "#b2182b", "#5aae61", "#9970ab")
Points = Mapping[str, Sequence[tuple[float, float]]]  # of each group of runs, by its name


def scatter(path: Path, panels: Mapping[str, Points], y: str) -> None:
    """Draw a panel for each figure, by its caption, with a point a run; `y` is the caption that all share."""
    with drawing(path, 3.2 * len(panels), 3.6) as figure:
        rows = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axes, (caption, groups) in zip(rows, panels.items(), strict=True):
            for color, (name, points) in zip(COLORS, groups.items(), strict=False):
                axes.scatter(*zip(*points, strict=True), s=18, color=color, alpha=0.8, label=name)
            axes.set(xlabel=caption)
        rows[0].set(ylabel=y)
        figure.legend(*rows[0].get_legend_handles_labels(), loc="outside upper left", ncols=4, frameon=False)
