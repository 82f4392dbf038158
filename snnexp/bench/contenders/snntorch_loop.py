"""snnTorch's Leaky neuron in its loop over time; its reset passes no gradient, by its design."""

import snntorch
import torch
from snntorch import surrogate
from torch import Tensor, nn

from snnexp.bench.base.cases import LifCase
from snnexp.bench.base.inputs import ALPHA, DECAY, V_THRESHOLD, differentiated
from snnexp.bench.base.timing import Run


def lif(case: LifCase, variant: str) -> Run:
    """Run the loop forward and backward."""
    loop = Loop().to(case.device)
    return differentiated(case, loop)


class Loop(nn.Module):
    """Spikes of a sequence, step by step."""

    def __init__(self) -> None:
        super().__init__()
        gradient = surrogate.atan(ALPHA)
        self.neuron = snntorch.Leaky(DECAY, threshold=V_THRESHOLD, spike_grad=gradient, reset_mechanism="zero")

    def forward(self, x: Tensor) -> Tensor:
        potential, spikes = torch.zeros_like(x[0]), []
        for current in x:
            spike, potential = self.neuron(current, potential)
            spikes.append(spike)
        return torch.stack(spikes)
