"""What happens when a batch does not fit the memory."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

from snnexp.errors import RunError

Outcome = TypeVar("Outcome")
log = logging.getLogger(__name__)
REMEDIES = "trainer.auto_accumulate=true, trainer.checkpoint_activations=true, a smaller trainer.batch_size"
# What torch says on a CPU: its own allocator's words, and those of oneDNN, which knows no others.
TOLD = ("DefaultCPUAllocator: can't allocate memory", "could not create a primitive", "could not create a memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or on a CPU."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(words in str(error) for words in TOLD)


def in_parts_that_fit(
    network: nn.Module, work: Callable[[int], Outcome], parts: int, batch: int, buffers: Sequence[Tensor] | None
) -> tuple[Outcome, int]:
    """What `work(parts)` gives on a batch, and the number of parts, which is raised until a part fits the memory.

    `buffers` are copies of the network's, which are put back before `work` is tried again; without them it is not.

    Raises:
        RunError: out of memory, told in one line with remedies.
    """
    while True:
        try:
            return work(parts), parts
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if buffers is None or parts >= batch:
                what = f"a batch of {batch} in {parts} part(s) at T={network.T} in {type(network).__name__}"
                said = str(error).partition("\n")[0]
                raise RunError(f"out of memory: {what} does not fit; try {REMEDIES} ({said})") from error
        for buffer, kept in zip(network.buffers(), buffers, strict=True):
            buffer.data.copy_(kept)
        parts = min(2 * parts, batch)
        log.warning("out of memory: batches go in %d parts from here on, and batch norm sees those", parts)
