"""The LIF operator in Triton: one kernel forward, one backward that recomputes the potential from x.

A program walks all time steps of one block of neurons. Forward and backward together move x, s, x, g and dx: 10 bytes
a neuron and step in bfloat16. Sums leave a kernel as one partial a program and are added up in a fixed order.
"""

import dataclasses
import functools
import importlib
import math
from typing import Any, NamedTuple

import torch
import triton
import triton.language as tl
from jaxtyping import Float
from torch import Tensor

from snnexp.ops.lif.base import LifOutput, Rectifier, Reset, check_reset, state_dtype, steps
from snnexp.ops.layout import dense, laid_out_as, like
from snnexp.ops.step_kernel import add_up, after_spike, charge, fire, spike_slope, through_step
from snnexp.surrogates.base import Surrogate

HELD_STEPS = 32  # up to here backward holds v_pre of all steps in registers; beyond, v is kept every 16 steps or so
HELD_BYTES = 128  # of x that a thread holds at once: with g and v_pre beside it no register spills
WARPS = 4
LAUNCH = {"num_warps": WARPS, "enable_fp_fusion": False}  # multiply, then add, as the reference does


@triton.jit
def load_steps(pointers, stride, first, inside, T: tl.constexpr, COUNT: tl.constexpr):
    """COUNT steps from `first`, 0 past T: a tuple, so that all loads are under way before the first store."""
    loaded = ()
    for i in tl.static_range(COUNT):
        loaded += (tl.load(pointers + (first + i) * stride, mask=inside & (first + i < T), other=0.0),)
    return loaded


@triton.jit
def forward_kernel(x, decay, spikes, v_pre, kept, partials, neurons: tl.int64, x_stride: tl.int64,
                   T: tl.constexpr, STATIC: tl.constexpr, DECAY: tl.constexpr, DECAY_INPUT: tl.constexpr,
                   V_THRESHOLD: tl.constexpr, STRICT: tl.constexpr, HARD: tl.constexpr, V_RESET: tl.constexpr,
                   V_SUBTRACT: tl.constexpr, PHI: tl.constexpr, REAL: tl.constexpr, STEPS: tl.constexpr,
                   BLOCK: tl.constexpr):  # fmt: skip
    """Spikes, v_pre where asked for, v at the start of each STEPS steps but the first, and the sums of a block."""
    offsets = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < neurons
    d = DECAY if decay is None else tl.load(decay)
    b = 1 - d if DECAY_INPUT else 1.0
    v = tl.zeros([BLOCK], REAL)
    count = tl.zeros([BLOCK], REAL)
    error = tl.zeros([BLOCK], REAL)
    rectified = tl.zeros([BLOCK], REAL)
    for first in range(0, T, STEPS):
        if kept is not None:
            tl.store(kept + (first // STEPS - 1) * neurons + offsets, v, mask=inside & (first > 0))
        xs = load_steps(x + offsets, x_stride, first, inside, T, 1 if STATIC else STEPS)
        for i in tl.static_range(STEPS):
            here = inside & (first + i < T)
            u = charge(v, xs[0 if STATIC else i].to(REAL), d, b)
            fires = fire(u, here, V_THRESHOLD, STRICT)
            v = after_spike(u, fires, HARD, V_RESET, V_SUBTRACT)
            s = fires.to(REAL)
            to = (first + i) * neurons + offsets
            tl.store(spikes + to, s.to(spikes.dtype.element_ty), mask=here)
            if v_pre is not None:
                tl.store(v_pre + to, u, mask=here)
            count += s
            error += tl.where(here, (u - s) * (u - s), 0.0)
            if PHI is not None:
                rectified += tl.where(here, (PHI(u) - s) * (PHI(u) - s), 0.0)
    mine = partials + tl.program_id(0)
    tl.store(mine, tl.sum(count))
    tl.store(mine + tl.num_programs(0), tl.sum(error))
    if PHI is not None:
        tl.store(mine + 2 * tl.num_programs(0), tl.sum(rectified))


@triton.jit
def backward_kernel(x, decay, kept, g, derror, dv_pre, dx, partials,
                    neurons: tl.int64, x_stride: tl.int64, g_stride: tl.int64, dv_pre_stride: tl.int64,
                    T: tl.constexpr, STATIC: tl.constexpr, DECAY: tl.constexpr, DECAY_INPUT: tl.constexpr,
                    V_THRESHOLD: tl.constexpr, STRICT: tl.constexpr, HARD: tl.constexpr, V_RESET: tl.constexpr,
                    V_SUBTRACT: tl.constexpr, PHI: tl.constexpr, REAL: tl.constexpr, STEPS: tl.constexpr,
                    BLOCK: tl.constexpr, DETACH_RESET: tl.constexpr, SURROGATE: tl.constexpr,
                    PARAMETERS: tl.constexpr, DPHI: tl.constexpr):  # fmt: skip
    """dx and the sums of ddecay of a block, from the last step to the first."""
    offsets = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < neurons
    d = DECAY if decay is None else tl.load(decay)
    b = 1 - d if DECAY_INPUT else 1.0
    c = 0.0 if derror is None else 2 * tl.load(derror) / (neurons * T)
    k = tl.zeros([BLOCK], REAL)
    dx_sum = tl.zeros([BLOCK], REAL)
    ddecay = tl.zeros([BLOCK], REAL)
    for done in range(0, T, STEPS):
        first = (T - 1) // STEPS * STEPS - done
        v = tl.zeros([BLOCK], REAL)
        if kept is not None:
            v = tl.load(kept + (first // STEPS - 1) * neurons + offsets, mask=inside & (first > 0), other=0.0)
        xs = load_steps(x + offsets, x_stride, first, inside, T, 1 if STATIC else STEPS)
        gs = () if g is None else load_steps(g + offsets, g_stride, first, inside, T, STEPS)
        dus = () if dv_pre is None else load_steps(dv_pre + offsets, dv_pre_stride, first, inside, T, STEPS)
        vs, us = (), ()
        for i in tl.static_range(STEPS):
            u = charge(v, xs[0 if STATIC else i].to(REAL), d, b)
            vs += (v,)
            us += (u,)
            fires = fire(u, inside & (first + i < T), V_THRESHOLD, STRICT)
            v = after_spike(u, fires, HARD, V_RESET, V_SUBTRACT)
        for i in tl.static_range(STEPS - 1, -1, -1):
            here = inside & (first + i < T)
            fires = fire(us[i], here, V_THRESHOLD, STRICT)
            slope = spike_slope(us[i], V_THRESHOLD, SURROGATE, PARAMETERS, PHI, DPHI)
            ds = tl.zeros([BLOCK], REAL) if g is None else gs[i].to(REAL)
            du = through_step(ds, k, us[i], fires, slope, HARD, V_RESET, V_SUBTRACT, DETACH_RESET)
            if derror is not None:
                du += tl.where(here, c * (us[i] - fires.to(REAL)), 0.0)
            if dv_pre is not None:
                du += dus[i]
            if partials is not None:
                ddecay += du * (vs[i] - xs[0 if STATIC else i].to(REAL) if DECAY_INPUT else vs[i])
            dx_sum += du
            if dx is not None and not STATIC:
                tl.store(dx + (first + i) * neurons + offsets, (b * du).to(dx.dtype.element_ty), mask=here)
            k = d * du
    if dx is not None and STATIC:
        tl.store(dx + offsets, (b * dx_sum).to(dx.dtype.element_ty), mask=inside)
    if partials is not None:
        tl.store(partials + tl.program_id(0), tl.sum(ddecay))


class Neuron(NamedTuple):
    """What the kernels are compiled for, in types that the schema of a custom operator knows."""

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


class Kernels(NamedTuple):
    """Compile-time arguments of both kernels, and those that backward takes beside them."""

    both: dict[str, Any]
    backward: dict[str, Any]


@functools.cache
def kernels(neuron: Neuron, dtype: torch.dtype) -> Kernels:
    """What `neuron` is for an input of `dtype`.

    A surrogate's kernel is the function `<name>` of `snnexp.surrogates.<name>_kernel`, its parameters the fields of
    the dataclass; a rectifier's are `phi` and `dphi` of its module's name with `_kernel`.
    """
    *scalars, detach_reset, surrogate, parameters, rectifier = neuron
    names = "T STATIC DECAY DECAY_INPUT V_THRESHOLD STRICT HARD V_RESET V_SUBTRACT".split()
    segments = 1 if neuron.T <= HELD_STEPS else -(-neuron.T // 16)
    held = -(-neuron.T // segments)
    # A thread's elements: one 16-byte access at small T, fewer where its registers hold more steps.
    elements = 2 ** int(math.log2(max(1, min(16, HELD_BYTES // held) // dtype.itemsize)))
    slope = getattr(importlib.import_module(f"{surrogate}_kernel"), surrogate.rpartition(".")[2])
    phi = importlib.import_module(f"{rectifier}_kernel") if rectifier else None
    real = tl.float64 if dtype == torch.float64 else tl.float32
    form = {"PHI": phi and phi.phi, "REAL": real, "STEPS": held, "BLOCK": 32 * WARPS * elements}
    backward = {"DETACH_RESET": detach_reset, "SURROGATE": slope, "PARAMETERS": parameters, "DPHI": phi and phi.dphi}
    return Kernels(dict(zip(names, scalars, strict=True)) | form | LAUNCH, backward)


def outputs(x: Tensor, decay: Tensor | None, *arguments: Any) -> tuple[Tensor, ...]:
    """Spikes, three sums, v_pre, and v between the segments, all uninitialised; empty where nobody asked."""
    *neuron, keep, return_v_pre = arguments
    T, neurons, real = neuron[0], math.prod(x.shape[1:]), state_dtype(x)
    rows = -(-T // kernels(Neuron(*neuron), x.dtype).both["STEPS"]) - 1 if keep else 0
    sums = (torch.empty((), dtype=real, device=x.device) for _ in range(3))
    v_pre = like(x, T, real) if return_v_pre else x.new_empty(0, dtype=real)
    return like(x, T, x.dtype), *sums, v_pre, x.new_empty(rows, neurons if rows else 0, dtype=real)


def forward(x: Tensor, decay: Tensor | None, *arguments: Any) -> tuple[Tensor, ...]:
    """`outputs`, filled. The arguments: the fields of `Neuron`, whether backward will follow, whether to give v_pre."""
    spikes, *sums, v_pre, kept = out = outputs(x, decay, *arguments)
    neuron = Neuron(*arguments[:-2])
    both, neurons = kernels(neuron, x.dtype).both, math.prod(x.shape[1:])
    programs = triton.cdiv(neurons, both["BLOCK"])
    partials = torch.empty((2 if neuron.rectifier is None else 3, programs), dtype=v_pre.dtype, device=x.device)
    with torch.cuda.device_of(x):
        tensors = x, decay, spikes, v_pre if arguments[-1] else None, kept if len(kept) else None, partials
        forward_kernel[(programs,)](*tensors, neurons, x.stride(0), **both)
        add_up[(1,)](partials, tuple(sums[: len(partials)]), programs, neuron.T * neurons)
    return out


def remember(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    """What backward needs of forward: x, the learned decay and, past `HELD_STEPS`, v between the segments."""
    x, decay, *arguments = inputs
    rate, _, rectified, _, kept = output[1:]
    ctx.save_for_backward(x, decay, kept)
    ctx.neuron = arguments[:-2]
    ctx.mark_non_differentiable(rate, rectified, kept)
    ctx.set_materialize_grads(False)


def gradients(x: Tensor, decay: Tensor | None, kept: Tensor, *arguments: Any) -> tuple[Tensor, Tensor]:
    """Uninitialised dx and ddecay; empty where nobody asked."""
    *neuron, needs_dx, needs_ddecay = arguments[3:]
    dx = like(x, 1 if neuron[1] else neuron[0], x.dtype) if needs_dx else x.new_empty(0)
    return dx, x.new_empty(() if needs_ddecay else 0, dtype=state_dtype(x))


def backward(x: Tensor, decay: Tensor | None, kept: Tensor, *arguments: Any) -> tuple[Tensor, Tensor]:
    """`gradients`, filled. The arguments: those of spikes, of the error and of v_pre, `Neuron`, what is needed."""
    g, derror, dv_pre = (None if one is None or not one.ndim else laid_out_as(x, one) for one in arguments[:3])
    dx, ddecay = out = gradients(x, decay, kept, *arguments)
    both, backward = kernels(Neuron(*arguments[3:-2]), x.dtype)
    neurons = math.prod(x.shape[1:])
    programs = triton.cdiv(neurons, both["BLOCK"])
    return out
