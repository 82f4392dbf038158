"""Activation checkpointing: what is inside a layer or block is not stored for the backward pass but computed again."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

from torch import nn
from torch.utils.checkpoint import checkpoint

from snnexp.backbones.layers import Segment
from snnexp.neurons.base import RECORDER, Recorder
from snnexp.norms.layers import RECOMPUTING


@contextmanager
def again(needs: frozenset[str]) -> Iterator[None]:
    """Let a forward pass within the block leave nothing behind: no running statistics, no records that are read."""
    recomputing = RECOMPUTING.set(True)
    recorder = RECORDER.set(Recorder(needs))  # which decides what an operator keeps
    try:
        yield
    finally:
        RECORDER.reset(recorder)
        RECOMPUTING.reset(recomputing)


def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    """Return what surrounds the first forward pass of a segment, and the second."""
    recorder = RECORDER.get()
    return nullcontext(), again(recorder.needs if recorder else frozenset())


def checkpoint_activations(network: nn.Module) -> None:
    """Make each outermost `Segment` of the network store only its inputs for the backward pass.

    Spikes and gradients stay the same. Records and running statistics are those of the first forward pass.
    """
    for module in network.children():
        if isinstance(module, Segment):
            options = {"use_reentrant": False, "context_fn": contexts}
            module.forward = partial(checkpoint, module.forward, **options)  # type: ignore[method-assign]
        else:
            checkpoint_activations(module)
