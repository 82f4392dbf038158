"""Figures of each spiking layer as bars."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from snnexp.plots.base import QUIET, RUNS, drawing
from snnexp.titles import LAYERS

Layers = Sequence[Mapping[str, Any]]
TEXTS = {"firing_rate": "{:.1%}", "quantization_error": "{:.3f}", "quantization_error_rectified": "{:.3f}"}


def layer_bars(path: Path, runs: Mapping[str, Layers]) -> None:
    """Firing rate and quantization error of each layer of runs of one network; runs are given by their names."""
    count = len(next(iter(runs.values())))
    keys = [key for key in LAYERS if any(key in layer for layers in runs.values() for layer in layers)]
    with drawing(path, 4.0 * len(keys), height(count * len(runs) ** 0.5)) as figure:
        panels = figure.subplots(1, len(keys), sharey=True)
        for axes, key in zip(panels, keys, strict=True):
            bars(axes, runs, key)
        if len(runs) > 1:
            figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=2, frameon=False)


def height(layers: float) -> float:
    """Inches that so many layers take."""
    return max(2.8, 1.2 + 0.28 * layers)


def bars(axes: Axes, runs: Mapping[str, Layers], key: str) -> None:
    """One bar a layer and run, the first layer on top, each with its number."""
    title, text = LAYERS[key], TEXTS[key]
    thickness = 0.7 / len(runs)
    for i, (name, layers) in enumerate(runs.items()):
        places = [place + (i - (len(runs) - 1) / 2) * thickness for place in range(len(layers))]
        values = [layer.get(key, 0.0) for layer in layers]
        drawn = axes.barh(places, values, color=RUNS[i], height=0.9 * thickness, label=name)
        labels = [text.format(layer[key]) if key in layer else "" for layer in layers]
        axes.bar_label(drawn, labels, padding=3, fontsize=9, color=QUIET)
    names = [layer["name"] for layer in next(iter(runs.values()))]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.margins(x=0.2)
    axes.set(title=title, xticks=[])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)
