"""The interface of an augmentation, and the chain that a recipe is."""

from abc import ABC, abstractmethod

import numpy as np
import torch
from jaxtyping import Int, Int64, Shaped
from torch import Generator, Tensor

from snnexp.errors import UserError


class Transform(ABC):
    """A random change in two halves: `draw` for all samples on the CPU, then the change of some of them.

    Images, and frames of events, are changed by calling it, many at once on their device; the events of a recording,
    before they are framed, by `select`. A transform does one of the two.
    """

    columns: int

    @abstractmethod
    def draw(self, n: int, size: tuple[int, int], generator: Generator) -> Int64[Tensor, "n k"]:
        """Draw `columns` numbers for each of n images of `size` (H, W)."""

    @abstractmethod
    def __call__(self, images: Shaped[Tensor, "N C H W"], draws: Int64[Tensor, "N k"]) -> Shaped[Tensor, "N C H W"]:
        """Return the images changed as their draws (on the CPU) say; the given ones stay as they are."""

    def select(self, events: np.ndarray, draw: Int64[Tensor, " k"]) -> Int[np.ndarray, " kept"]:
        """Return which of one clip's events (fields x, y, t, p; t from 0) are kept.

        Raises:
            UserError: the transform takes images.
        """
        name = type(self).__name__.lower()
        raise UserError(f"augment: {name} changes images, this data set gives events; choose augment=none or eventdrop")


class Chain(Transform):
    """Transforms one after the other, in the order given; none: the images as they are."""

    def __init__(self, **transforms: Transform) -> None:
        self.transforms = list(transforms.values())
        self.columns = sum(transform.columns for transform in self.transforms)

    def draw(self, n: int, size: tuple[int, int], generator: Generator) -> Int64[Tensor, "n k"]:
        none = torch.empty(n, 0, dtype=torch.int64)
        return torch.cat([none, *(transform.draw(n, size, generator) for transform in self.transforms)], dim=1)

    def __call__(self, images: Shaped[Tensor, "N C H W"], draws: Int64[Tensor, "N k"]) -> Shaped[Tensor, "N C H W"]:
        parts = draws.split([transform.columns for transform in self.transforms], dim=1)
        for transform, part in zip(self.transforms, parts, strict=True):
            images = transform(images, part)
        return images

    def select(self, events: np.ndarray, draw: Int64[Tensor, " k"]) -> Int[np.ndarray, " kept"]:
        kept = np.arange(len(events))
        parts = draw.split([transform.columns for transform in self.transforms])
        for transform, part in zip(self.transforms, parts, strict=True):
            kept = kept[transform.select(events[kept], part)]
        return kept
