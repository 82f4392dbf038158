"""The LIF operator: one contract, and the fastest form of it for the device of the input."""

import functools
import importlib.util
import logging
from types import ModuleType

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.ops.base import library
from snnexp.ops.lif import compiled, reference
from snnexp.ops.lif.base import Constants, LifOutput, Rectifier, Reset, Window, measuring
from snnexp.ops.lif.reference import spike
from snnexp.surrogates.base import Surrogate

__all__ = [
    "Constants",
    "LifOutput",
    "Rectifier",
    "Reset",
    "Window",
    "implementation",
    "lif",
    "measuring",
    "spike",
    "states",
]
log = logging.getLogger(__name__)


def lif(
    x: Float[Tensor, "S N *feat"],
    constants: Constants,
    surrogate: Surrogate,
    rectifier: Rectifier | None = None,
    *,
    T: int | None = None,
    return_v_pre: bool = False,
) -> LifOutput:
    """Leaky integrate-and-fire neurons over T steps; `snnexp.ops.lif.reference.lif` is the specification."""
    # torch.compile is not asked to trace the look for kernels: ours are stated in all languages or in PyTorch alone.
    compiling = torch.compiler.is_compiling()
    stated = type(surrogate).cpp is not None if compiling else states(x.device, surrogate, rectifier)
    chosen = form(x.device) if stated else reference
    return chosen.lif(x, constants, surrogate, rectifier, T=T, return_v_pre=return_v_pre)


def form(device: torch.device) -> ModuleType:
    """Return the module whose `lif` runs on `device`: C++ on a CPU, Triton on CUDA, else the reference.

    `torch.export` knows PyTorch's own operators alone, so it is shown the reference; so is `torch.compile` on a CPU,
    which then has no graph break and fuses it with what stands around it.
    """
    if torch.compiler.is_exporting():
        return reference
    if device.type == "cpu":
        return reference if torch.compiler.is_compiling() else compiled
    if device.type == "cuda" and importlib.util.find_spec("triton"):
        return importlib.import_module("snnexp.ops.lif.fused")
    return reference


def states(device: torch.device, *maps: Surrogate | Rectifier | None) -> bool:
    """Whether each has a C++ expression on a CPU, a Triton kernel on CUDA; what lacks one is named once in the log."""
    missing = [each for each in maps if each is not None and not in_language(each, device.type)]
    for each in missing:
        warn(type(each), device.type)
    return not missing


def in_language(each: Surrogate | Rectifier, device: str) -> bool:
    """Return whether one of them is stated for a type of device; elsewhere the reference runs anyway."""
    return each.cpp is not None if device == "cpu" else device != "cuda" or has_kernel(type(each).__module__)


@functools.cache
def has_kernel(module: str) -> bool:
    """Return whether a module's functions stand in Triton beside it."""
    return importlib.util.find_spec(f"{module}_kernel") is not None


@functools.cache
def warn(kind: type, device: str) -> None:
    """Log, once, what a surrogate or a rectifier lacks."""
    lacking = "cpp expression" if device == "cpu" else f"module {kind.__module__}_kernel"
    log.warning("%s has no %s: its neurons run by the slower reference", kind.__name__, lacking)


def implementation(device: torch.device) -> str:
    """Return the form of the operator that runs on `device`, in words for the log."""
    chosen = form(device).__name__.rpartition(".")[2]
    return library.describe() if chosen == "compiled" else chosen
