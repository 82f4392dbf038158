"""Batch norm, residual and LIF as one operator: what `norm_spike` layers compute, in fewer passes over memory."""

import importlib.util
from types import ModuleType
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.ops.lif import states
from snnexp.ops.lif.base import Constants, Rectifier
from snnexp.ops.norm_lif import compiled, reference
from snnexp.ops.norm_lif.base import NormLifOutput, Running, Statistics
from snnexp.surrogates.base import Surrogate

__all__ = ["NormLifOutput", "Running", "Statistics", "norm_lif", "pays"]


def norm_lif(
    x: Float[Tensor, "S N C *space"],
    constants: Constants,
    surrogate: Surrogate,
    rectifier: Rectifier | None = None,
    **options: Any,
) -> NormLifOutput:
    """Normalisation, residual and neuron; `snnexp.ops.norm_lif.reference.norm_lif` is the specification."""
    chosen = form(x.device) if states(x.device, surrogate, rectifier) else reference
    return chosen.norm_lif(x, constants, surrogate, rectifier, **options)


def form(device: torch.device) -> ModuleType:
    """Return the module whose `norm_lif` runs on `device`: C++ on a CPU, Triton on CUDA, else the reference."""
    if device.type == "cpu":
        return compiled
    if device.type == "cuda" and importlib.util.find_spec("triton"):
        return importlib.import_module("snnexp.ops.norm_lif.fused")
    return reference


def pays(x: Float[Tensor, "S N C *space"]) -> bool:
    """Return whether `norm_lif` is faster than batch norm and `lif` apart, which is what `torch.compile` is given."""
    chosen = form(x.device)
    faster = compiled.suits(x) if chosen is compiled else chosen is not reference
    return faster and not torch.compiler.is_compiling()
