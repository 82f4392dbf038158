"""Batches of a split that lies whole on the device: order and augmentation are pure functions of seed and epoch."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Generator, Tensor

from snnexp.datasets.base.dataset import Dataset, Split
from snnexp.randomness import generator


@runtime_checkable
class Augment(Protocol):
    """Random changes of images; `snnexp.augments.base.Chain` is one."""

    def draw(self, n: int, size: tuple[int, int], generator: Generator) -> Int64[Tensor, "n k"]: ...

    def __call__(self, images: UInt8[Tensor, "N C H W"], draws: Int64[Tensor, "N k"]) -> UInt8[Tensor, "N C H W"]: ...


class Loader:
    """Iterates over a split, augmented and normalised; the last batch of an epoch may be smaller.

    The order depends on (seed, epoch) alone, a sample's augmentation on (seed, epoch, sample): batch size, start and
    chunk change neither. While iterating nothing waits for the device.
    """

    # samples augmented at once: large groups for AutoAugment, few enough not to fill the memory
    chunk = 8192

    def __init__(
        self,
        split: Split,
        *,
        dataset: Dataset,
        batch_size: int,
        seed: int,
        device: torch.device | str,
        shuffle: bool,
        augment: Augment | None = None,
    ) -> None:
        self.device = torch.device(device)
        self.x = split.x.to(self.device)
        self.y = split.y.to(self.device)
        self.dataset = dataset
        self.batch_size = batch_size
        self.seed = seed
        self.shuffle = shuffle
        self.augment = augment

    @property
    def samples(self) -> int:
        """Samples an epoch."""
        return len(self.y)

    def __len__(self) -> int:
        return -(-self.samples // self.batch_size)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[Float[Tensor, "..."], Int64[Tensor, " n"]]]:
        """The batches of an epoch from batch `start` on: images [N, C, H, W] or frames [T, N, 2, H, W], and labels."""
        order = self.order(epoch)
        draws = self.draws(epoch)
        on_device = order.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else order
        step = self.batch_size
        if self.augment is not None:
            step *= max(1, self.chunk // self.batch_size)
        for first in range(start * self.batch_size, self.samples, step):
            chosen = on_device[first : first + step]
            x = self.x[chosen]
            if self.augment is not None and draws is not None:
                # T frames of a recording are moved together, as channels of one image
                images = self.augment(x.flatten(1, -3), draws[order[first : first + step]])
                x = images.view_as(x)
            y = self.y[chosen]
            for batch in range(0, len(y), self.batch_size):
                rows = slice(batch, batch + self.batch_size)
                yield self.dataset.normalize(x[rows]), y[rows]

    def order(self, epoch: int) -> Int64[Tensor, " N"]:
        """The samples' order in an epoch."""
        if not self.shuffle:
            return torch.arange(self.samples)
        return torch.randperm(self.samples, generator=generator(self.seed, "order", epoch))

    def draws(self, epoch: int) -> Int64[Tensor, "N k"] | None:
        """Each sample's draws in an epoch, in the split's order."""
        if self.augment is None:
            return None
        height, width = self.x.shape[-2:]
        return self.augment.draw(self.samples, (height, width), generator(self.seed, "augment", epoch))
