"""Batches of a split: order and augmentation are pure functions of seed and epoch."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int, Int64, Shaped
from torch import Generator, Tensor

from snnexp.datasets.base.split import Samples, Split
from snnexp.machine.transfer import send
from snnexp.randomness import generator

# of a GPU's memory: a larger split stays on the host, and each batch is moved
SHARE = 0.4


@runtime_checkable
class Augment(Protocol):
    """Random changes of images or of events; `snnexp.augments.base.Chain` is one."""

    columns: int

    def draw(self, n: int, size: tuple[int, int], generator: Generator) -> Int64[Tensor, "n k"]: ...

    def __call__(self, images: Shaped[Tensor, "N C H W"], draws: Int64[Tensor, "N k"]) -> Shaped[Tensor, "N C H W"]: ...

    def select(self, events: np.ndarray, draw: Int64[Tensor, " k"]) -> Int[np.ndarray, " kept"]: ...


@runtime_checkable
class Normalizes(Protocol):
    """What a loader asks of a data set."""

    def normalize(self, x: Shaped[Tensor, "N *feat"]) -> Float[Tensor, "..."]: ...


class Ordered(ABC):
    """Samples in an order that depends on (seed, epoch) alone, with draws that depend on (seed, epoch, sample).

    `shard` is a process's number and how many there are: each takes its part of every batch.
    """

    size: tuple[int, int]

    def __init__(
        self,
        split: Samples,
        *,
        dataset: Normalizes,
        batch_size: int,
        seed: int,
        device: torch.device | str,
        shuffle: bool,
        augment: Augment | None = None,
        shard: tuple[int, int] = (0, 1),
    ) -> None:
        self.device = torch.device(device)
        self.y = split.y.to(self.device)
        self.dataset = dataset
        self.shard = shard
        self.batch_size = -(-batch_size // shard[1])  # of this process's part of a batch
        self.seed = seed
        self.shuffle = shuffle
        self.augment = augment

    @abstractmethod
    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[Float[Tensor, "..."], Int64[Tensor, " n"]]]:
        """Yield an epoch's batches from `start` on: images [N, C, H, W] or frames [T, N, 2, H, W], and labels."""

    @property
    def samples(self) -> int:
        """Samples an epoch."""
        return len(self.y)

    @property
    def is_shared(self) -> bool:
        """Whether other processes have the rest of the samples."""
        return self.shard[1] > 1

    def __len__(self) -> int:
        return -(-self.samples // (self.batch_size * self.shard[1]))

    def order(self, epoch: int) -> Int64[Tensor, " n"]:
        """Return this process's samples in an epoch: of each batch of the whole order its part."""
        whole = torch.arange(self.samples)
        if self.shuffle:
            whole = torch.randperm(self.samples, generator=generator(self.seed, "order", epoch))
        rank, size = self.shard
        return torch.cat([batch.tensor_split(size)[rank] for batch in whole.split(self.batch_size * size)])

    def draws(self, epoch: int) -> Int64[Tensor, "N k"] | None:
        """Return each sample's draws in an epoch, in the split's order."""
        if self.augment is None:
            return None
        return self.augment.draw(self.samples, self.size, generator(self.seed, "augment", epoch))

    def change(self, x: Shaped[Tensor, "N *feat"], draws: Int64[Tensor, "N k"] | None) -> Shaped[Tensor, "N *feat"]:
        """Return the samples augmented; T frames of a recording are moved together, as channels of one image."""
        if self.augment is None or draws is None:
            return x
        return self.augment(x.flatten(1, -3), draws).view_as(x)


class Loader(Ordered):
    """Iterates over a split in memory, augmented and normalised; the last batch of an epoch may be smaller.

    Batch size, start and chunk change no sample. While iterating over a split on the device nothing waits for it.
    """

    # samples augmented at once: large groups for AutoAugment, few enough not to fill the memory
    chunk = 8192

    def __init__(self, split: Split, **options: Any) -> None:
        super().__init__(split, **options)
        self.resident = fits(split.x, self.device)
        self.x = split.x.to(self.device) if self.resident else split.x
        self.size = (self.x.shape[-2], self.x.shape[-1])

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[Float[Tensor, "..."], Int64[Tensor, " n"]]]:
        order, draws = self.order(epoch), self.draws(epoch)
        on_device = send(order, self.device)
        step = self.batch_size
        if self.augment is not None and self.resident:
            step *= max(1, self.chunk // self.batch_size)
        for first in range(start * self.batch_size, len(order), step):
            rows, chosen = order[first : first + step], on_device[first : first + step]
            x = self.x[chosen] if self.resident else send(self.x[rows], self.device)
            x = self.change(x, None if draws is None else draws[rows])
            y = self.y[chosen]
            for batch in range(0, len(y), self.batch_size):
                part = slice(batch, batch + self.batch_size)
                yield self.dataset.normalize(x[part]), y[part]


def fits(x: Shaped[Tensor, "*shape"], device: torch.device) -> bool:
    """Return whether a split may lie on a device whole; on the CPU it stays where it is, in memory or mapped."""
    return device.type != "cuda" or x.nbytes <= SHARE * torch.cuda.get_device_properties(device).total_memory
