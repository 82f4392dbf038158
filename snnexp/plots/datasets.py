"""What a data set holds: some samples, and how many of each class."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from snnexp.datasets.base import Dataset, Files, Samples
from snnexp.metrics.raster import spread
from snnexp.plots.base import BLUE, ORANGE, QUIET, bare, drawing
from snnexp.plots.samples import frames

SHOWN = 12  # samples, of as many classes as there are
NAMED = 40  # classes up to which each has its name below its bars


def draw_dataset(dataset: Dataset, T: int, path: Path) -> Path:
    """Draw samples of the test set, of events the frame with most of them, above the counts of both splits by class.

    Raises:
        UserError: the data are missing or damaged.
    """
    dataset.check()
    train, test = dataset.load(T)
    names = dataset.class_names
    counts = [torch.bincount(split.y, minlength=len(names)).tolist() for split in (train, test)]
    pictures = [(names[int(test.y[index])], image(dataset, test, index)) for index in chosen(test.y)]
    picture(path, dataset.describe(), pictures, names, counts)
    return path


def chosen(y: Tensor) -> list[int]:
    """Return the first samples of each class, of as many classes as have room."""
    classes = spread(y.unique().tolist(), SHOWN)
    each = max(1, SHOWN // len(classes))
    return [index for label in classes for index in (y == label).nonzero()[:each, 0].tolist()]


def image(dataset: Dataset, split: Samples, index: int) -> Any:
    """Return one sample as a picture, of frames the one with most events."""
    whole = Files(split.read, split.y, split.size, workers=0) if isinstance(split, Files) else split
    loader = dataset.loader(whole, batch_size=1, seed=0, device="cpu", shuffle=False)
    x, _ = next(iter(loader.epoch(0, index)))
    busiest = slice(None) if x.dim() == 4 else [int(x[:, 0].sum((1, 2, 3)).argmax())]
    return frames(x[busiest])[0]


def picture(
    path: Path,
    title: str,
    pictures: Sequence[tuple[str, Any]],
    names: Sequence[str],
    counts: Sequence[Sequence[int]],
) -> None:
    """Draw samples with their classes above two bars a class: training and test."""
    with drawing(path, 11.0, 4.4) as figure:
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
        above, below = figure.subfigures(2, 1, height_ratios=(1, 1.8), squeeze=False)[:, 0]
        for axes, (name, drawn) in zip(above.subplots(1, len(pictures), squeeze=False)[0], pictures, strict=True):
            axes.imshow(drawn, cmap="gray")
            axes.set_title(name, fontsize=9, color=QUIET, loc="center")
            bare(axes)
        axes = below.subplots()
        for place, (label, color, each) in enumerate(zip(("training", "test"), (BLUE, ORANGE), counts, strict=True)):
            axes.bar([i + 0.4 * place - 0.2 for i in range(len(names))], each, 0.4, color=color, label=label)
        if len(names) <= NAMED:
            axes.set_xticks(range(len(names)), names, rotation=45 if max(map(len, names)) > 4 else 0)
        axes.set(ylabel="samples", xlabel="class")
        axes.legend(frameon=False, ncols=2, loc="upper right", bbox_to_anchor=(1, 1.15))
