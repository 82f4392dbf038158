"""The LIF operator: one contract, and the fastest form of it for the device of the input."""

import functools
import importlib.util
import logging
from types import ModuleType, NoneType
from typing import Any

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
# The C++ expressions of surrogates and rectifiers, and the method that each of them states.
IN_CPP = ("cpp", "__call__"), ("cpp_derivative", "derivative")


def lif(
    x: Float[Tensor, "S N *feat"],
    constants: Constants,
    surrogate: Surrogate,
    rectifier: Rectifier | None = None,
    *,
    T: int | None = None,
    return_v_pre: bool = False,
) -> LifOutput:
    """Run leaky integrate-and-fire neurons over T steps; `snnexp.ops.lif.reference.lif` is the specification."""
    # torch.compile is not asked to trace the look for kernels: ours are stated in all languages or in PyTorch alone.
    compiling = torch.compiler.is_compiling()
    kinds = type(surrogate), type(rectifier)
    stated = kinds[0].cpp is not None if compiling else states(x.device.type, *kinds)
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


@functools.cache
def states(device: str, surrogate: type[Surrogate], rectifier: type[Rectifier | None]) -> bool:
    """Say whether both are stated for a type of device; the log has one line of what is not."""
    missing = [kind for kind in (surrogate, rectifier) if kind is not NoneType and not in_language(kind, device)]
    for kind in missing:
        warn(kind, device)
    return not missing


def in_language(kind: Any, device: str) -> bool:
    """Return whether it has a C++ expression on a CPU, a Triton kernel on CUDA; elsewhere the reference runs anyway."""
    if device == "cpu":
        return all(is_in_cpp(kind, *pair) for pair in IN_CPP if hasattr(kind, pair[1]))
    return device != "cuda" or importlib.util.find_spec(f"{kind.__module__}_kernel") is not None


def is_in_cpp(kind: type, expression: str, method: str) -> bool:
    """Return whether a class has a method as an expression, and not one of a parent whose method it replaced."""
    stated, replaced = (next(one for one in kind.__mro__ if name in vars(one)) for name in (expression, method))
    return getattr(kind, expression) is not None and issubclass(stated, replaced)


@functools.cache
def warn(kind: type, device: str) -> None:
    """Log, once, what a surrogate or a rectifier lacks."""
    lacking = "cpp expression" if device == "cpu" else f"module {kind.__module__}_kernel"
    log.warning("%s has no %s: its neurons run by the slower reference", kind.__name__, lacking)


def implementation(device: torch.device) -> str:
    """Return the form of the operator that runs on `device`, in words for the log."""
    chosen = form(device).__name__.rpartition(".")[2]
    return library.describe() if chosen == "compiled" else chosen
