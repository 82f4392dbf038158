"""The interface of an augmentation, and the chain that a recipe is."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Int64, Shaped, UInt8
from torch import Generator, Tensor


class Transform(ABC):
    """A random change of images in two halves: `draw` for all samples on the CPU, the call for some on their device."""

    columns: int

    @abstractmethod
    def draw(self, n: int, size: tuple[int, int], generator: Generator) -> Int64[Tensor, "n k"]:
        """`columns` numbers for each of n images of `size` (H, W)."""

    @abstractmethod
    def __call__(self, images: UInt8[Tensor, "N C H W"], draws: Int64[Tensor, "N k"]) -> UInt8[Tensor, "N C H W"]:
        """The images changed as their draws (on the CPU) say; the given ones stay as they are."""


class Chain(Transform):
    """Transforms one after the other, in the order given; none: the images as they are."""

    def __init__(self, **transforms: Transform) -> None:
        self.transforms = list(transforms.values())
        self.columns = sum(transform.columns for transform in self.transforms)

    def draw(self, n: int, size: tuple[int, int], generator: Generator) -> Int64[Tensor, "n k"]:
        none = torch.empty(n, 0, dtype=torch.int64)
        return torch.cat([none, *(transform.draw(n, size, generator) for transform in self.transforms)], dim=1)

    def __call__(self, images: UInt8[Tensor, "N C H W"], draws: Int64[Tensor, "N k"]) -> UInt8[Tensor, "N C H W"]:
        parts = draws.split([transform.columns for transform in self.transforms], dim=1)
        for transform, part in zip(self.transforms, parts, strict=True):
            images = transform(images, part)
        return images


def move(tensor: Shaped[Tensor, "*shape"], device: torch.device) -> Shaped[Tensor, "*shape"]:
    """The tensor on a device; only a copy from pinned memory does not wait for it."""
    return tensor.contiguous().pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor
