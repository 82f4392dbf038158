"""The LIF operator: one contract, and the fastest form of it for the device of the input."""

from typing import Unpack

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.ops.lif import compiled, reference
from snnexp.ops.lif.base import LifArguments, LifOutput, Rectifier, Reset, check_reset

__all__ = ["LifArguments", "LifOutput", "Rectifier", "Reset", "check_reset", "implementation", "lif"]


def lif(x: Float[Tensor, "S N *feat"], **arguments: Unpack[LifArguments]) -> LifOutput:
    """Leaky integrate-and-fire neurons over T steps; `snnexp.ops.lif.reference.lif` is the specification."""
    return (compiled if x.device.type == "cpu" else reference).lif(x, **arguments)


def implementation(device: torch.device) -> str:
    """The form of the operator that runs on `device`, in words for the log."""
    return compiled.describe() if device.type == "cpu" else "reference (PyTorch)"
