"""The operator's inputs, and the neuron that every contender computes."""

import itertools
from collections.abc import Callable

import torch
from torch import Tensor

from snnexp.bench.base.cases import LifCase
from snnexp.bench.base.timing import Run
from snnexp.ops.lif import Constants
from snnexp.surrogates.atan import Atan

# The neuron of the RMP family with a surrogate that every contender has: SpikingJelly's fast path takes few.
DECAY, V_THRESHOLD, ALPHA = 0.25, 0.5, 2.0
CONSTANTS = Constants(
    decay=DECAY,
    decay_input=False,
    v_threshold=V_THRESHOLD,
    strict=False,
    reset="hard",
    v_reset=0.0,
    v_subtract=1.0,
    detach_reset=False,
)
SURROGATE = Atan(alpha=ALPHA)
ROTATED = 256 * 2**20  # bytes of x on CUDA, several times the second-level cache


def tensor(case: LifCase) -> Tensor:
    """Draw normal numbers of the case's shape, dtype and layout."""
    x = torch.randn(case.shape, device=case.device, dtype=case.torch_dtype)
    return x.flatten(0, 1).to(memory_format=torch.channels_last).unflatten(0, case.shape[:2]) if case.norm else x


def tensors(case: LifCase, each: int) -> list[list[Tensor]]:
    """Make sets of `each` tensors; on CUDA so many sets that no run finds its inputs in the cache."""
    sets = -(-ROTATED // case.size) if case.device.startswith("cuda") else 1
    return [[tensor(case) for _ in range(each)] for _ in range(sets)]


def differentiated(case: LifCase, operator: Callable[..., Tensor]) -> Run:
    """Make a run of the operator, forward and backward; its arguments are x and, if the case has one, a residual."""
    sets = tensors(case, 3 if case.residual else 2)
    for *inputs, _ in sets:
        for x in inputs:
            x.requires_grad_()
    turns = itertools.cycle(sets)

    def run() -> None:
        *inputs, gradient = next(turns)
        operator(*inputs).backward(gradient)
        for x in inputs:
            x.grad = None

    return run
