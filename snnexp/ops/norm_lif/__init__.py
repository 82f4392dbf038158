"""Batch norm, residual and LIF as one operator: what `norm_spike` layers compute, in fewer passes over memory.

`snnexp.ops.norm_lif.reference.norm_lif` is the specification.
"""

import functools
import importlib.util
from types import ModuleType

from snnexp.ops.lif import Rectifier, states
from snnexp.ops.norm_lif import compiled
from snnexp.ops.norm_lif.base import NormLifOutput, Running, Statistics
from snnexp.surrogates.base import Surrogate

__all__ = ["NormLifOutput", "Running", "Statistics", "form"]


@functools.cache
def form(device: str, surrogate: type[Surrogate], rectifier: type[Rectifier | None]) -> ModuleType | None:
    """Return the module whose `norm_lif` runs on a type of device: C++ on a CPU, Triton on CUDA.

    None where there is none, or where it lacks the surrogate or the rectifier: batch norm and `lif` apart are faster
    than the reference.
    """
    if device == "cpu" and states(device, surrogate, rectifier):
        return compiled
    if device == "cuda" and importlib.util.find_spec("triton") and states(device, surrogate, rectifier):
        return importlib.import_module("snnexp.ops.norm_lif.fused")
    return None
