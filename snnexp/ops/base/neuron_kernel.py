"""A neuron as the fused operators take it: what their kernels are compiled for."""

import ast
import dataclasses
import functools
import importlib
import math
from typing import Any, NamedTuple

import torch
import triton
import triton.language as tl
from torch import Tensor

from snnexp.ops.base.step_kernel import LAUNCH
from snnexp.ops.lif.base import Rectifier, Reset, check_reset, state_dtype, steps
from snnexp.surrogates.base import Surrogate

HELD_STEPS = 16  # whose v_pre backward holds in registers; at larger T forward keeps v between segments of that length
HELD_BYTES = 128  # of x that a thread holds at once: with g and v_pre beside it no register spills


class Neuron(NamedTuple):
    """What the kernels are compiled for. `surrogate` and `rectifier` are the modules that define them."""

    T: int
    static: bool
    decay: float | None
    decay_input: bool
    v_threshold: float
    strict: bool
    hard: bool
    v_reset: float
    v_subtract: float
    detach_reset: bool
    surrogate: str
    parameters: tuple[float, ...]
    rectifier: str | None


@functools.cache
def forms(neuron: str, dtype: torch.dtype) -> tuple[dict[str, Any], dict[str, Any]]:
    """Compile-time arguments of both kernels, and those of backward beside them; `neuron` is `repr(tuple(Neuron))`.

    A surrogate's kernel is the function `<name>` of `snnexp.surrogates.<name>_kernel`, its parameters the fields of
    the dataclass; a rectifier's are `phi` and `dphi` of its module's name with `_kernel`.
    """
    n = Neuron(*ast.literal_eval(neuron))
    segments = triton.cdiv(n.T, HELD_STEPS)
    held = triton.cdiv(n.T, segments)
    # A thread's elements: one 16-byte access at small T, fewer where its registers hold more steps.
    elements = 2 ** int(math.log2(max(1, min(16, HELD_BYTES // held) // dtype.itemsize)))
    surrogate = importlib.import_module(f"{n.surrogate}_kernel")
    rectifier = importlib.import_module(f"{n.rectifier}_kernel") if n.rectifier else None
    both = dict(zip([name.upper() for name in Neuron._fields], n[:9], strict=False))
    both |= {"PHI": rectifier and rectifier.phi, "REAL": tl.float64 if dtype == torch.float64 else tl.float32}
    both |= {"STEPS": held, "BLOCK": 32 * LAUNCH["num_warps"] * elements, **LAUNCH}
    backward = {"SURROGATE": getattr(surrogate, n.surrogate.rpartition(".")[2]), "PARAMETERS": n.parameters}
    backward |= {"DETACH_RESET": n.detach_reset, "DPHI": rectifier and rectifier.dphi, "LAST": held * (segments - 1)}
    return both, backward


def describe(
    x: Tensor,
    *,
    T: int | None = None,
    decay: float | Tensor,
    decay_input: bool,
    v_threshold: float,
    strict: bool,
    reset: Reset,
    v_reset: float,
    v_subtract: float,
    detach_reset: bool,
    surrogate: Surrogate,
    rectifier: Rectifier | None = None,
) -> tuple[str, Tensor | None]:
    """The neuron as the operators take it, and its decay where that is learned."""
    check_reset(reset, decay_input, v_reset)
    learned = decay.to(x.device, state_dtype(x)) if isinstance(decay, Tensor) else None
    neuron = Neuron(
        T=steps(x, T),
        static=T is not None,
        decay=float(decay) if learned is None else None,
        decay_input=decay_input,
        v_threshold=float(v_threshold),
        strict=strict,
        hard=reset == "hard",
        v_reset=float(v_reset),
        v_subtract=float(v_subtract),
        detach_reset=detach_reset,
        surrogate=type(surrogate).__module__,
        parameters=tuple(getattr(surrogate, one.name) for one in dataclasses.fields(surrogate)),  # type: ignore[arg-type]
        rectifier=None if rectifier is None else type(rectifier).__module__,
    )
    return repr(tuple(neuron)), learned
