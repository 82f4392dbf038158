"""The operator's specification in plain PyTorch, as it is or under torch.compile (variant "compile")."""

import torch
from torch import Tensor

from snnexp.bench.base.cases import LifCase
from snnexp.bench.base.inputs import CONSTANTS, SURROGATE, differentiated
from snnexp.bench.base.timing import Run
from snnexp.ops.lif import reference


def lif(case: LifCase, variant: str) -> Run:
    """Run the reference forward and backward."""
    if variant == "compile":
        torch.compiler.reset()  # every size gets code of its own
        return differentiated(case, torch.compile(spikes))
    return differentiated(case, spikes)


def spikes(x: Tensor) -> Tensor:
    """Return the reference's spikes."""
    return reference.lif(x, CONSTANTS, SURROGATE).spikes
