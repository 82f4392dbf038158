"""Figures of each spiking layer as bars."""

from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from snnexp.metrics.base.figure import Figure
from snnexp.metrics.figures import DRAWN
from snnexp.plots.base import QUIET, RUNS, drawing

Layers = Sequence[Mapping[str, Any]]


def layer_bars(path: Path, runs: Mapping[str, Layers]) -> None:
    """Draw the figures of each layer of runs of one network, three side by side; runs are given by their names."""
    count = len(next(iter(runs.values())))
    drawn = [each for each in DRAWN if any(each.key in layer for layers in runs.values() for layer in layers)]
    columns = min(3, len(drawn))
    rows = ceil(len(drawn) / columns)
    with drawing(path, 4.0 * columns, rows * height(count * len(runs) ** 0.5)) as figure:
        panels = list(figure.subplots(rows, columns, sharey=True, squeeze=False).flat)
        for axes, each in zip(panels, drawn, strict=False):
            bars(axes, runs, each)
        for axes in panels[len(drawn) :]:
            axes.set_axis_off()
        if len(runs) > 1:
            figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=2, frameon=False)


def height(layers: float) -> float:
    """Return the inches that so many layers take."""
    return max(2.8, 1.2 + 0.28 * layers)


def bars(axes: Axes, runs: Mapping[str, Layers], figure: Figure) -> None:
    """Draw a bar for each layer and run, the first layer on top, each with its number."""
    key = figure.key
    thickness = 0.7 / len(runs)
    for i, (name, layers) in enumerate(runs.items()):
        places = [place + (i - (len(runs) - 1) / 2) * thickness for place in range(len(layers))]
        values = [layer.get(key, 0.0) for layer in layers]
        drawn = axes.barh(places, values, color=RUNS[i], height=0.9 * thickness, label=name)
        labels = [figure.text(layer[key]) if key in layer else "" for layer in layers]
        axes.bar_label(drawn, labels, padding=3, fontsize=9, color=QUIET)
    names = [layer["name"] for layer in next(iter(runs.values()))]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.margins(x=0.2)
    axes.set(title=figure.title, xticks=[])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)
