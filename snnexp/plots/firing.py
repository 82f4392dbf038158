"""Firing maps of single channels and steps beside their membrane potentials, as in figure 1 of ASA's paper."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import SubFigure

from snnexp.metrics.histogram import Histogram
from snnexp.plots.base import INK, QUIET, bare, drawing, histogram

COLOURS = "magma"


class Channel(NamedTuple):
    """One channel: its potentials over all steps, and for each step drawn its map and what it shows if not normal."""

    name: str
    potentials: Histogram
    maps: Sequence[Sequence[Sequence[float]]]
    kinds: Sequence[str]


def firing_maps(path: Path, runs: Mapping[str, Sequence[Channel]], steps: Sequence[int], layer: str) -> None:
    """Draw a row for each channel, a column for each step; two runs, given by their names, stand side by side."""
    channels = next(iter(runs.values()))
    top = max(max(row) for drawn in runs.values() for each in drawn for map in each.maps for row in map)
    norm = Normalize(0, top or 1)
    width = 2 + 1.1 * len(steps)
    with drawing(path, len(runs) * width + 0.8, 0.9 + 1.2 * len(channels)) as figure:
        ratios = [*[width] * len(runs), 0.8]
        *parts, last = figure.subfigures(1, len(ratios), width_ratios=ratios, squeeze=False)[0]
        for part, (name, drawn) in zip(parts, runs.items(), strict=True):
            part.suptitle(f"{name}, {layer}", fontsize=11, x=0.02, ha="left")
            grid(part, drawn, steps, norm)
        bar = last.colorbar(ScalarMappable(norm, COLOURS), cax=last.add_axes((0.1, 0.1, 0.2, 0.8)))
        bar.set_label("firing rate", color=QUIET)
        bar.outline.set(visible=False)


def grid(part: SubFigure, channels: Sequence[Channel], steps: Sequence[int], norm: Normalize) -> None:
    """Draw histogram and maps of each channel."""
    ratios = [1.6, *[1] * len(steps)]
    panels = part.subplots(len(channels), 1 + len(steps), width_ratios=ratios, squeeze=False)
    for last, (row, channel) in enumerate(zip(panels, channels, strict=True), 1 - len(channels)):
        histogram(row[0], channel.potentials, channel.potentials.top)
        row[0].set_ylabel(channel.name, fontsize=9, color=INK)
        row[0].tick_params(labelbottom=not last, labelsize=8)
        for axes, map, kind in zip(row[1:], channel.maps, channel.kinds, strict=True):
            axes.imshow(map, cmap=COLOURS, norm=norm)
            bare(axes)
            axes.set_xlabel("" if kind == "normal" else kind, fontsize=8, color=QUIET, labelpad=1)
    for axes, step in zip(panels[0, 1:], steps, strict=True):
        axes.set_title(f"t = {step}", fontsize=9, color=QUIET, loc="center")
    panels[-1, 0].set_xlabel("membrane potential", fontsize=8)
