"""Collects what the spiking layers report in a forward pass."""

from collections.abc import Iterator
from contextlib import contextmanager

from snnexp.neurons.base import RECORDER, Record, Recorder


@contextmanager
def recording(needs: frozenset[str] = frozenset()) -> Iterator[list[Record]]:
    """Within the block, each spiking layer appends its `Record` to the list, in forward order."""
    recorder = Recorder(needs)
    token = RECORDER.set(recorder)
    try:
        yield recorder.records
    finally:
        RECORDER.reset(token)
