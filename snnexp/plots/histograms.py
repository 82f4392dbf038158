"""Histograms of the membrane potential before reset, with the threshold, and of the input current."""

from collections.abc import Mapping
from pathlib import Path

from snnexp.metrics.histogram import Histogram
from snnexp.plots.base import drawing, histogram

COLUMNS = 4  # of a single run's layers


def histograms(path: Path, runs: Mapping[str, Mapping[str, Histogram]]) -> None:
    """Draw a histogram for each layer; those of two runs, given by their names, side by side on one scale."""
    layers, names = [*next(iter(runs.values()))], [*runs]
    columns = min(COLUMNS, len(layers)) if len(runs) == 1 else len(runs)
    cells = [(layer, name) for layer in layers for name in names]
    rows = -(-len(cells) // columns)
    with drawing(path, 2.9 * columns + 0.5, 0.6 + 1.35 * rows) as figure:
        panels = figure.subplots(rows, columns, sharex=True, squeeze=False)
        for above, axes in zip(panels.flat[len(cells) - columns :], panels.flat[len(cells) :], strict=False):
            axes.set_visible(False)
            above.tick_params(labelbottom=True)
        for i, (axes, (layer, name)) in enumerate(zip(panels.flat, cells, strict=False)):
            histogram(axes, runs[name][layer], max(run[layer].top for run in runs.values()))
            axes.set_title(f"{name}\n{layer}" if len(runs) > 1 and i < columns else layer, fontsize=10)
        figure.supxlabel("membrane potential before reset; line: input current; orange: the neuron fires", fontsize=10)
