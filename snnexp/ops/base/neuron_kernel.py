"""A neuron as the fused operators take it: what their kernels are compiled for."""

import ast
import functools
import importlib
import math
from dataclasses import fields
from typing import Any, NamedTuple

import torch
import triton
import triton.language as tl
from torch import Tensor

from snnexp.ops.base.step_kernel import LAUNCH
from snnexp.ops.layout import state_dtype, steps
from snnexp.ops.lif.base import Constants, Rectifier, measures
from snnexp.surrogates.base import Surrogate

HELD_STEPS = 16  # whose v_pre backward holds in registers; at larger T forward keeps v between segments of that length
HELD_BYTES = 128  # of x that a thread holds at once: with g and v_pre beside it no register spills


class NeuronKernel(NamedTuple):
    """What the kernels are compiled for. `surrogate` and `rectifier` are the modules that define them."""

    T: int
    static: bool
    constants: dict[str, Any]
    surrogate: str
    parameters: tuple[float, ...]
    half_width: float | None
    measures: bool
    rectifier: str | None


@functools.cache
def forms(neuron: str, dtype: torch.dtype) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the compile-time arguments of both kernels, forward and backward; `neuron` is the tuple's `repr`.

    A surrogate's kernel is the function `<name>` of `snnexp.surrogates.<name>_kernel`, its parameters the fields of
    the dataclass; a rectifier's are `phi` and `dphi` of its module's name with `_kernel`.
    """
    n = NeuronKernel(*ast.literal_eval(neuron))
    segments = triton.cdiv(n.T, HELD_STEPS)
    held = triton.cdiv(n.T, segments)
    # A thread's elements: one 16-byte access at small T, fewer where its registers hold more steps.
    elements = 2 ** int(math.log2(max(1, min(16, HELD_BYTES // held) // dtype.itemsize)))
    surrogate = importlib.import_module(f"{n.surrogate}_kernel")
    rectifier = importlib.import_module(f"{n.rectifier}_kernel") if n.rectifier else None
    both = {"T": n.T, "STATIC": n.static, "CONSTANTS": Constants(**n.constants)}
    both |= {"PHI": rectifier and rectifier.phi, "REAL": tl.float64 if dtype == torch.float64 else tl.float32}
    both |= {"STEPS": held, "BLOCK": 32 * LAUNCH["num_warps"] * elements, **LAUNCH}
    backward = {"SURROGATE": getattr(surrogate, n.surrogate.rpartition(".")[2]), "PARAMETERS": n.parameters}
    backward |= {"DPHI": rectifier and rectifier.dphi, "LAST": held * (segments - 1)}
    return both, {"HALF_WIDTH": n.half_width, "MEASURES": n.measures}, backward


def each_sum(sums: list[Tensor]) -> tuple[Tensor, ...]:
    """Return where each row of a forward kernel's partials is added up to, in the order of `store_sums`."""
    rate, error, potential, rectified = sums
    return rate, error, *rectified.reshape(-1).unbind(), *potential.unbind()


def describe(
    x: Tensor, constants: Constants, surrogate: Surrogate, rectifier: Rectifier | None, T: int | None
) -> tuple[str, Tensor | None]:
    """Return the neuron as operators take it, and its decay if that is learned, which kernels read by a pointer."""
    learned = constants.decay.to(x.device, state_dtype(x)) if isinstance(constants.decay, Tensor) else None
    neuron = NeuronKernel(
        T=steps(x, T),
        static=T is not None,
        constants={**vars(constants), "decay": 0.0 if learned is not None else constants.decay},
        surrogate=type(surrogate).__module__,
        parameters=tuple(getattr(surrogate, one.name) for one in fields(surrogate)),  # type: ignore[arg-type]
        half_width=surrogate.half_width,
        measures=measures(),
        rectifier=None if rectifier is None else type(rectifier).__module__,
    )
    return repr(tuple(neuron)), learned
