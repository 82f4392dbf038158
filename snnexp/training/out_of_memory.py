"""What happens when a batch does not fit the memory."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import Tensor, nn

from snnexp.errors import RunError

Outcome = TypeVar("Outcome")
log = logging.getLogger(__name__)
TESTING = "a smaller trainer.eval_batch_size, trainer.amp=true, a smaller T"
TRAINING = "trainer.auto_accumulate=true, trainer.checkpoint_activations=true, a smaller trainer.batch_size"
# What torch says on a CPU: its own allocator's words, and those of oneDNN, which knows no others.
MESSAGES = ("DefaultCPUAllocator: can't allocate memory", "could not create a primitive", "could not create a memory")


class OutOfMemory(RunError):
    """Memory ran out, reported in one line with remedies."""


def is_out_of_memory(error: BaseException | None) -> bool:
    """Return whether an error says that memory ran out, on a GPU or on a CPU."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(words in str(error) for words in MESSAGES)


@contextmanager
def fitting(network: nn.Module, what: str, remedies: str) -> Iterator[None]:
    """Report in one line if memory runs out within the block, for `what` in a network.

    Raises:
        OutOfMemory: that it did.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        said = str(error).partition("\n")[0]
        where = f"at T={network.T} in {type(network).__name__}"
        raise OutOfMemory(f"out of memory: {what} {where} does not fit; try {remedies} ({said})") from error


@contextmanager
def holding(backbone: str) -> Iterator[None]:
    """Report in one line if memory does not hold a network's weights within the block.

    Raises:
        OutOfMemory: that it does not.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error) and "overflow" not in str(error).lower():
            raise
        said = str(error).partition("\n")[0]
        raise OutOfMemory(
            f"backbone={backbone}: memory does not hold its weights; choose a narrower one ({said})"
        ) from error


def in_parts_that_fit(
    network: nn.Module, work: Callable[[int], Outcome], parts: int, batch: int, buffers: Sequence[Tensor] | None
) -> tuple[Outcome, int]:
    """Return what `work(parts)` gives and the number of parts, which rises until a part fits the memory.

    `buffers` are copies of the network's, which are put back before `work` is tried again; without them it is not.

    Raises:
        OutOfMemory: reported in one line with remedies.
    """
    while True:
        try:
            with fitting(network, f"a batch of {batch} in {parts} part(s)", TRAINING):
                return work(parts), parts
        except OutOfMemory:
            if buffers is None or parts >= batch:
                raise
        for buffer, kept in zip(network.buffers(), buffers, strict=True):
            buffer.data.copy_(kept)
        parts = min(2 * parts, batch)
        log.warning("out of memory: batches go in %d parts from here on, and batch norm sees those", parts)
