"""Activation checkpointing: what is inside a layer or block is not kept for the backward pass but computed again."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

from torch import nn
from torch.utils.checkpoint import checkpoint

from snnexp.backbones.layers import RECOMPUTING, Segment


@contextmanager
def again() -> Iterator[None]:
    """Within the block a forward pass leaves nothing behind: running statistics stay as they are."""
    token = RECOMPUTING.set(True)
    try:
        yield
    finally:
        RECOMPUTING.reset(token)


def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    """What surrounds the first forward pass of a segment, and the second."""
    return nullcontext(), again()


def checkpoint_activations(network: nn.Module) -> None:
    """Make each outermost `Segment` of the network keep only its inputs for the backward pass.

    Spikes and gradients stay the same. Records are taken in the first forward pass: in the second nobody listens.
    """
    for module in network.children():
        if isinstance(module, Segment):
            options = {"use_reentrant": False, "context_fn": contexts}
            module.forward = partial(checkpoint, module.forward, **options)  # type: ignore[method-assign]
        else:
            checkpoint_activations(module)
