"""What a network does with one sample: its frames, its layers' spikes, and membrane potentials of some neurons."""

from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from snnexp.errors import UserError
from snnexp.files import atomic
from snnexp.metrics.raster import NEURONS, busiest, spread
from snnexp.metrics.raster import raster as spiking
from snnexp.plots.base import BLUE, INK, ORANGE, QUIET, RUNS, bare, drawing
from snnexp.training.trained import Activity, Trained

TRACES, FRAMES = 4, 10  # how many neurons have traces, and how many of the frames are drawn
COLUMNS = 2  # of traces


def draw_sample(run: Trained, index: int, layer: str | None = None) -> Path:
    """Draw what a run's network does with a sample of the test set, into the run's folder.

    Neurons stand at equal distances among those of a layer that fire, the one that fires most first. Traces are of
    `layer`, by default the last one that fires. Of a recording in several clips the first is drawn.

    Raises:
        UserError: no such sample or layer, or the data are missing.
    """
    x, y = run.sample(index)
    first = x if x.dim() == 4 else x[:, :1]
    found = run.record(first)
    chosen = choose(found, layer)
    path = atomic.subfolder(run.folder, "figures") / f"sample-{index}.png"
    names = run.dataset.class_names
    title = f"sample {index}: {names[int(y)]}, taken for {names[int(found.logits.argmax())]}"
    picture(path, title, frames(first), found, chosen, run.config["T"])
    return path


def choose(found: Activity, layer: str | None) -> str:
    """Return the layer whose traces are drawn.

    Raises:
        UserError: no such layer.
    """
    if layer is not None and layer not in found.spikes:
        raise UserError(f"--layer {layer}: no such layer; there are {', '.join(found.spikes)}")
    firing = [name for name, spikes in found.spikes.items() if spikes.any()]
    return layer or [*found.spikes, *firing][-1]


def frames(x: Float[Tensor, "*T N C H W"]) -> list[Any]:
    """Return pictures `[H, W, 3]` of an image, or of at most ten frames: OFF events orange, ON events blue."""
    if x.dim() == 4:
        low, high = x.amin(), x.amax()
        grey = (x[0] - low) / (high - low).clamp(min=1e-9)
        return [grey.movedim(0, -1).expand(-1, -1, 3).numpy() if len(grey) in (1, 3) else grey[0].numpy()]
    counts = (x[:, 0] / x.amax().clamp(min=1))[:, :, :, :, None]
    paper, off, on = (torch.tensor(each) for each in ([1.0, 1.0, 1.0], [0.84, 0.46, 0.16], [0.13, 0.4, 0.67]))
    mixed = (paper - counts[:, 0] * (paper - off) - counts[:, 1] * (paper - on)).clamp(0, 1)
    return [each.numpy() for each in mixed[spread(range(len(mixed)), FRAMES)]]


def picture(path: Path, title: str, images: Sequence[Any], found: Activity, layer: str, T: int) -> None:
    """Draw the frames above the raster, beside it the traces."""
    rows = ceil(TRACES / COLUMNS)
    with drawing(path, 11.0, 6.2) as figure:
        figure.suptitle(title, x=0.01, ha="left", fontsize=12)
        above, below = figure.subfigures(2, 1, height_ratios=(1, 2.6), squeeze=False)[:, 0]
        for axes, image in zip(above.subplots(1, len(images), squeeze=False)[0], images, strict=True):
            axes.imshow(image, cmap="gray")
            bare(axes)
        left, right = below.subfigures(1, 2, width_ratios=(1, 1.1), squeeze=False)[0]
        raster(left.subplots(), spiking(found.spikes), T)
        right.suptitle(f"membrane potential before reset, {layer}", fontsize=11, x=0.02, ha="left")
        panels = iter(right.subplots(rows, COLUMNS, sharex=True, sharey=True).flat)
        chosen = busiest(found.spikes[layer], TRACES)
        for neuron in chosen:
            trace(next(panels), found, layer, neuron)
        for axes in panels:
            axes.set_visible(False)
        right.supxlabel("step", fontsize=10, color=QUIET)


def raster(axes: Axes, spikes: Mapping[str, list[list[int]]], T: int) -> None:
    """Draw a point for each spike: a band for each layer, the first on top, a row for each neuron."""
    for band, rows in enumerate(spikes.values()):
        places = [band + 0.1 + 0.8 * (neuron + 0.5) / NEURONS for neuron in range(len(rows))]
        points = [(step, place) for place, fired in zip(places, rows, strict=True) for step in fired]
        steps, heights = [step for step, _ in points], [height for _, height in points]
        axes.scatter(steps, heights, s=90 / max(T, 8), color=RUNS[band % 2], linewidths=0)
    axes.set(title="spikes", xlabel="step", xlim=(0.5, T + 0.5), ylim=(len(spikes), 0))
    axes.set_yticks([band + 0.5 for band in range(len(spikes))], [*spikes])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(axis="y", length=0)


def trace(axes: Axes, found: Activity, layer: str, neuron: int) -> None:
    """Draw one neuron's potential by step, its threshold dashed, and a point where it fires."""
    potential, spikes = (each[layer][:, 0].flatten(1)[:, neuron] for each in (found.potentials, found.spikes))
    steps = torch.arange(1, len(potential) + 1)
    axes.plot(steps, potential, color=BLUE, linewidth=1.4, marker="o", markersize=2)
    axes.axhline(found.thresholds[layer], color=INK, linewidth=1, linestyle=(0, (4, 2)))
    fired = spikes != 0
    axes.scatter(steps[fired], potential[fired], s=22, color=ORANGE, zorder=3)
    place = torch.unravel_index(torch.tensor(neuron), found.spikes[layer].shape[2:])
    axes.set_title(f"neuron {', '.join(str(int(each)) for each in place)}", fontsize=9, color=QUIET)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
