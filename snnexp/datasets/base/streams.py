"""Batches of a set that no memory holds: worker processes read the samples ahead."""

import os
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from typing import Any

import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from snnexp.datasets.base.loader import Ordered
from snnexp.datasets.base.split import Files
from snnexp.errors import UserError
from snnexp.machine.transfer import send
from snnexp.randomness import generator

Place = tuple[int, int]  # epoch, sample


class Reads(Dataset):
    """Reads a sample for an epoch, whatever process asks; a mistake of the user's is handed on, not raised there."""

    def __init__(self, split: Files, seed: int) -> None:
        self.read = split.read
        self.seed = seed

    def __getitem__(self, place: Place) -> Shaped[Tensor, "*feat"] | UserError:
        try:
            return self.read(place[1], generator(self.seed, "read", *place))
        except UserError as error:
            return error


def join(samples: list[Shaped[Tensor, "*feat"] | UserError]) -> Shaped[Tensor, "N *feat"] | UserError:
    """Return a batch, or the first error."""
    errors = [sample for sample in samples if isinstance(sample, UserError)]
    return errors[0] if errors else torch.stack([sample for sample in samples if isinstance(sample, Tensor)])


class Plan(Sampler):
    """The batches of the epoch that comes next; one for the workers' whole life, since they start slowly."""

    def __init__(self) -> None:
        self.batches: list[list[Place]] = []

    def __iter__(self) -> Iterator[list[Place]]:
        return iter(self.batches)

    def __len__(self) -> int:
        return len(self.batches)


def context() -> ForkServerContext:
    """Return a context whose workers fork from a server that has only imported torch: no thread, no GPU is copied."""
    server = get_context("forkserver")
    server.set_forkserver_preload([__name__])
    return server


class StreamLoader(Ordered):
    """Iterates over files; neither batch size nor the number of workers changes a sample."""

    def __init__(self, split: Files, **options: Any) -> None:
        super().__init__(split, **options)
        self.size = split.size
        self.plan = Plan()
        workers = min(split.workers, os.cpu_count() or 1)  # more are slower, of which torch warns
        kept: dict[str, Any] = {"multiprocessing_context": context(), "persistent_workers": True}
        self.batches = DataLoader(
            Reads(split, self.seed),
            batch_sampler=self.plan,
            num_workers=workers,
            collate_fn=join,
            pin_memory=self.device.type == "cuda",
            generator=torch.Generator(),  # else each epoch takes a number from torch's own
            **kept if workers else {},
        )

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[Float[Tensor, "..."], Int64[Tensor, " n"]]]:
        order, draws = self.order(epoch), self.draws(epoch)
        rows = order[start * self.batch_size :].split(self.batch_size) if start * self.batch_size < len(order) else ()
        self.plan.batches = [[(epoch, row) for row in batch.tolist()] for batch in rows]
        for batch, x in zip(rows, self.batches, strict=True):
            if isinstance(x, UserError):
                raise x
            x = self.change(send(x, self.device), None if draws is None else draws[batch])
            yield self.dataset.normalize(x), self.y[send(batch, self.device)]
