"""The exponential moving average of a network's weights (EMA)."""

import copy
from collections.abc import Iterator

import torch
from jaxtyping import Bool
from torch import Tensor, nn

from snnexp.training.contracts import State


class Average:
    """A network whose weights a follow those w of one that trains: a <- a + (1 - d) (w - a) after each step.

    d = min(decay, (1 + n) / (10 + n)) after n steps, so that short trainings forget the first weights, too, as in
    TensorFlow's ExponentialMovingAverage. Running statistics and all else that a network holds follow alike, whole
    numbers as they are: the statistics are then those of the weights they stand with. A step that is left out counts
    for nothing. torch's AveragedModel counts on the CPU, which a captured step does not repeat, and averages whole
    numbers.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False)
        self.decay = decay
        self.steps = torch.zeros((), dtype=torch.float64, device=next(network.parameters()).device)

    @torch.no_grad()
    def begin(self, network: nn.Module) -> None:
        """Begin at the weights that a training begins with."""
        for own, its in self.pairs(network):
            own.copy_(its)
        self.steps.zero_()

    @torch.no_grad()
    def follow(self, network: nn.Module, left_out: Bool[Tensor, ""]) -> None:
        """Take in the weights after a step, unless that was left out; nothing here waits for the device."""
        share = 1 - torch.clamp((1 + self.steps) / (10 + self.steps), max=self.decay)
        share = torch.where(left_out, 0.0, share)
        for own, its in self.pairs(network):
            own.copy_(torch.lerp(own, its, share.to(own.dtype)) if own.is_floating_point() else its)
        self.steps += ~left_out

    def pairs(self, network: nn.Module) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield each tensor beside the one that it follows."""
        yield from zip(self.network.parameters(), network.parameters(), strict=True)
        yield from zip(self.network.buffers(), network.buffers(), strict=True)

    def state(self) -> State:
        """Return what a checkpoint holds of it."""
        return {"network": self.network.state_dict(), "steps": self.steps}

    def restore(self, state: State) -> None:
        """Take up such a state."""
        self.network.load_state_dict(state["network"])
        self.steps.copy_(state["steps"])
