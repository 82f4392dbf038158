"""A training step as a CUDA graph: one launch in place of thousands, which a host cannot issue fast enough."""

import logging
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor

from snnexp.errors import RunError
from snnexp.training.out_of_memory import is_out_of_memory

log = logging.getLogger(__name__)
WARMUP = 3  # ordinary steps before a capture: kernels are compiled and memory is found in them
Work = Callable[[Tensor, Tensor], None]
Shapes = tuple[torch.Size, torch.Size]


class Capture(NamedTuple):
    """A graph and the tensors that it reads a batch from."""

    graph: torch.cuda.CUDAGraph
    x: Tensor
    y: Tensor

    def replay(self, x: Tensor, y: Tensor) -> None:
        """Run the captured work on a batch of the same shapes."""
        self.x.copy_(x)
        self.y.copy_(y)
        self.graph.replay()


class Graph:
    """Runs `work(x, y)` as it is at first, then replays a capture of it: one for each shape of batches.

    `work` must leave its results in tensors that it changes in place, and draw from generators seeded outside of it.
    Where capturing fails, all batches run as they are from there on, unless it `must` succeed. Captures share their
    memory: none reads what another one left in it.

    Raises:
        RunError: a capture in which nothing ran, as when the work is on another device.
        RuntimeError: memory ran out in a capture, or a failure where it `must` succeed.
    """

    def __init__(self, work: Work, must: bool, device: torch.device) -> None:
        self.work, self.must, self.device = work, must, device
        self.stream = torch.cuda.Stream(device)
        self.pool = torch.cuda.graph_pool_handle()
        self.captures: dict[Shapes, Capture] = {}
        self.seen: Counter[Shapes] = Counter()
        self.has_failed = False
        self.begun: float | None = None  # when the first batch came

    def __call__(self, x: Tensor, y: Tensor) -> None:
        """Do the work on a batch."""
        self.begun = self.begun or time.perf_counter()
        shapes = x.shape, y.shape
        if shapes in self.captures:
            self.captures[shapes].replay(x, y)
        elif self.has_failed:
            self.work(x, y)
        elif self.seen[shapes] < WARMUP:
            self.warm_up(x, y)
            self.seen[shapes] += 1
        else:
            self.capture(x, y)

    def warm_up(self, x: Tensor, y: Tensor) -> None:
        """Run the work on the stream of the later capture, which gradients remember."""
        self.stream.wait_stream(torch.cuda.current_stream(self.device))
        with torch.cuda.stream(self.stream):
            self.work(x, y)
        torch.cuda.current_stream(self.device).wait_stream(self.stream)

    def capture(self, x: Tensor, y: Tensor) -> None:
        """Capture the work, which does not run in that, and replay it on this batch."""
        capture = Capture(torch.cuda.CUDAGraph(), x.clone(), y.clone())
        try:
            # Other threads may go on pinning memory for the batches that come next.
            options = {"pool": self.pool, "stream": self.stream, "capture_error_mode": "thread_local"}
            with never_empty(), torch.cuda.graph(capture.graph, **options):
                self.work(capture.x, capture.y)
        except RuntimeError as error:
            # What ends a broken capture speaks of the capture alone; the cause is in its context.
            has_reason = isinstance(error, RunError) or any(map(is_out_of_memory, (error, error.__context__)))
            if self.must or has_reason:
                raise
            log.warning("no CUDA graph, steps run as they are: %s", str(error).partition("\n")[0])
            self.has_failed = True
            self.work(x, y)
            return
        if not self.captures:
            seconds = time.perf_counter() - (self.begun or 0.0)
            log.info("%d steps, with all that is compiled in them, and their capture: %.1f s", WARMUP, seconds)
        self.captures[x.shape, y.shape] = capture
        capture.replay(x, y)


@contextmanager
def never_empty() -> Iterator[None]:
    """Refuse, within the block, a graph in which nothing ran; torch only warns of it."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "The CUDA Graph is empty")
            yield
    except UserWarning as warning:
        if warning.__context__ is not None:  # the work failed before anything ran
            raise warning.__context__ from None
        raise RunError(f"trainer.cuda_graph: nothing of the step was captured ({warning}); set it to false") from None
