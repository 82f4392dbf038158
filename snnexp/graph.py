"""A training step as a CUDA graph: one launch in place of thousands, which a host cannot issue fast enough."""

import logging
from collections.abc import Callable

import torch
from torch import Tensor

log = logging.getLogger(__name__)
WARMUP = 3  # ordinary steps before a capture: kernels are compiled and memory is found in them
Work = Callable[[Tensor, Tensor], None]


class Graph:
    """Runs `work(x, y)` as it is at first, then replays a capture of it on all batches of the same shapes.

    `work` must leave its results in tensors that it changes in place, and draw from generators seeded outside of it.
    Batches of other shapes, as the last one of an epoch, run as they are. Where capturing fails, all run so from there
    on, unless it `must` succeed.
    """

    def __init__(self, work: Work, must: bool) -> None:
        self.work, self.must = work, must
        self.stream = torch.cuda.Stream()
        self.inputs: list[Tensor] | None = None  # of the capture
        self.graph: torch.cuda.CUDAGraph | None = None
        self.seen = 0

    def __call__(self, x: Tensor, y: Tensor) -> None:
        """Do the work on a batch."""
        if self.inputs is not None and [one.shape for one in self.inputs] != [x.shape, y.shape]:
            self.work(x, y)
        elif self.graph is not None and self.inputs is not None:
            for mine, given in zip(self.inputs, (x, y), strict=True):
                mine.copy_(given)
            self.graph.replay()
        elif self.seen < WARMUP:
            self.warm_up(x, y)
        else:
            self.capture(x, y)

    def warm_up(self, x: Tensor, y: Tensor) -> None:
        """Work on the stream of the later capture, which gradients remember."""
        self.inputs = [x.clone(), y.clone()] if self.inputs is None else self.inputs
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            self.work(x, y)
        torch.cuda.current_stream().wait_stream(self.stream)
        self.seen += 1

    def capture(self, x: Tensor, y: Tensor) -> None:
        """Capture the work, which does not run in that, and replay it on this batch."""
        graph = torch.cuda.CUDAGraph()
        assert self.inputs is not None
        try:
            # Other threads may go on pinning memory for the batches that come next.
            with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
                self.work(*self.inputs)
        except RuntimeError as error:
            if self.must:
                raise
            log.warning("no CUDA graph, steps run as they are: %s", str(error).partition("\n")[0])
            self.inputs = []  # which no batch is like
            self.work(x, y)
            return
        self.graph = graph
        self(x, y)
