"""Whether surrogate and rectifier are stated in the language of a device's operators."""

import functools
import importlib.util
import logging

import torch

from snnexp.ops.lif.base import Rectifier
from snnexp.surrogates.base import Surrogate

log = logging.getLogger(__name__)


def states(device: torch.device, *maps: Surrogate | Rectifier | None) -> bool:
    """Whether each has a C++ expression on a CPU, a Triton kernel on CUDA; what lacks one is named once in the log."""
    missing = [each for each in maps if each is not None and not in_language(each, device.type)]
    for each in missing:
        warn(type(each), device.type)
    return not missing


def in_language(each: Surrogate | Rectifier, device: str) -> bool:
    """Whether one of them is stated for a type of device; elsewhere the reference runs anyway."""
    return each.cpp is not None if device == "cpu" else device != "cuda" or has_kernel(type(each).__module__)


@functools.cache
def has_kernel(module: str) -> bool:
    """Whether a module's functions stand in Triton beside it."""
    return importlib.util.find_spec(f"{module}_kernel") is not None


@functools.cache
def warn(kind: type, device: str) -> None:
    """Log, once, what a surrogate or a rectifier lacks."""
    lacking = "cpp expression" if device == "cpu" else f"module {kind.__module__}_kernel"
    log.warning("%s has no %s: its neurons run by the slower reference", kind.__name__, lacking)
