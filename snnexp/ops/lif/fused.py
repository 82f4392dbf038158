"""The LIF operator in Triton: one kernel forward, one backward that recomputes the potential from x.

A program walks blocks of neurons, each through all time steps. Forward and backward together move x, s, x, g and dx: 10
bytes a neuron and step in bfloat16. Sums leave a kernel as one partial a program and are added up in a fixed order.
"""

# Triton's language is not Python's type system.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportGeneralTypeIssues=false

import functools
import math
from typing import Any

import torch
import triton
import triton.language as tl
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from snnexp.ops.base.neuron_kernel import describe, each_sum, forms
from snnexp.ops.base.step_kernel import (
    LAUNCH,
    add_up,
    after_spike,
    carry,
    charge,
    fire,
    gather,
    leak,
    load_steps,
    no_sums,
    programs_for,
    spike_slope,
    store_sums,
    through_step,
    tiles_of,
    walk,
)  # fmt: skip
from snnexp.ops.layout import asked, dense, laid_out_as, like, state_dtype
from snnexp.ops.lif.base import Constants, LifOutput, Rectifier
from snnexp.surrogates.base import Surrogate

Outputs = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]


@triton.jit
def forward_kernel(x, decay, spikes, v_pre, kept, partials, neurons: tl.int64, x_stride: tl.int64,
                   T: tl.constexpr, STATIC: tl.constexpr, CONSTANTS: tl.constexpr, PHI: tl.constexpr,
                   REAL: tl.constexpr, STEPS: tl.constexpr, BLOCK: tl.constexpr, HALF_WIDTH: tl.constexpr,
                   MEASURES: tl.constexpr):  # fmt: skip
    """Compute spikes, v_pre if requested, v at the start of each STEPS steps but the first, and all blocks' sums."""
    d, b = leak(decay, CONSTANTS, REAL)
    sums = no_sums(tl.zeros([BLOCK], REAL))
    for block in range(tiles_of(neurons, BLOCK)):
        offsets = walk(block).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
        inside = offsets < neurons
        v = tl.zeros([BLOCK], REAL)
        for first in range(0, T, STEPS):
            if kept is not None and first > 0:
                tl.store(kept + (first // STEPS - 1) * neurons + offsets, v, mask=inside)
            xs = load_steps(x + offsets, x_stride, first, inside, T, 1 if STATIC else STEPS)
            for i in tl.static_range(STEPS):
                here = inside & (first + i < T)
                u = charge(v, xs[0 if STATIC else i].to(REAL), d, b)
                fires = fire(u, here, CONSTANTS)
                v = after_spike(u, fires, CONSTANTS)
                to = (first + i) * neurons + offsets
                tl.store(spikes + to, fires.to(REAL).to(spikes.dtype.element_ty), mask=here)
                if v_pre is not None:
                    tl.store(v_pre + to, u, mask=here)
                sums = gather(sums, u, fires, here, CONSTANTS, PHI, HALF_WIDTH, MEASURES)
    store_sums(partials + tl.program_id(0), tl.num_programs(0), sums, PHI, MEASURES)


@triton.jit
def backward_kernel(x, decay, kept, g, derror, dv_pre, dx, partials,
                    neurons: tl.int64, x_stride: tl.int64, g_stride: tl.int64, dv_pre_stride: tl.int64,
                    T: tl.constexpr, STATIC: tl.constexpr, CONSTANTS: tl.constexpr, PHI: tl.constexpr,
                    REAL: tl.constexpr, STEPS: tl.constexpr, BLOCK: tl.constexpr, SURROGATE: tl.constexpr,
                    PARAMETERS: tl.constexpr, DPHI: tl.constexpr, LAST: tl.constexpr):  # fmt: skip
    """Compute dx and the sums of ddecay of a program's blocks, from the last step to the first."""
    d, b = leak(decay, CONSTANTS, REAL)
    c = 0.0 if derror is None else 2 * tl.load(derror) / (neurons * T)
    ddecay = tl.zeros([BLOCK], REAL)
    for block in range(tiles_of(neurons, BLOCK)):
        offsets = walk(block).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
        inside = offsets < neurons
        k = tl.zeros([BLOCK], REAL)
        dx_sum = tl.zeros([BLOCK], REAL)
        for first in range(LAST, -1, -STEPS):
            v = tl.zeros([BLOCK], REAL)
            if kept is not None and first > 0:
                v = tl.load(kept + (first // STEPS - 1) * neurons + offsets, mask=inside, other=0.0)
            xs = load_steps(x + offsets, x_stride, first, inside, T, 1 if STATIC else STEPS)
            gs = () if g is None else load_steps(g + offsets, g_stride, first, inside, T, STEPS)
            dus = () if dv_pre is None else load_steps(dv_pre + offsets, dv_pre_stride, first, inside, T, STEPS)
            vs, us, fired = (), (), ()
            for i in tl.static_range(STEPS):
                u = charge(v, xs[0 if STATIC else i].to(REAL), d, b)
                fires = fire(u, inside & (first + i < T), CONSTANTS)
                vs += (v,)
                us += (u,)
                fired += (fires,)
                v = after_spike(u, fires, CONSTANTS)
            for i in tl.static_range(STEPS - 1, -1, -1):
                here = inside & (first + i < T)
                slope = spike_slope(us[i], CONSTANTS, SURROGATE, PARAMETERS, PHI, DPHI)
                ds = tl.zeros([BLOCK], REAL) if g is None else gs[i].to(REAL)
                du = through_step(ds, k, us[i], fired[i], slope, CONSTANTS)
                if derror is not None:
                    du += tl.where(here, c * (us[i] - fired[i].to(REAL)), 0.0)
                if dv_pre is not None:
                    du += dus[i]
                if partials is not None:
                    ddecay += du * (vs[i] - xs[0 if STATIC else i].to(REAL) if CONSTANTS.decay_input else vs[i])
                dx_sum += du
                if dx is not None and not STATIC:
                    tl.store(dx + (first + i) * neurons + offsets, (b * du).to(dx.dtype.element_ty), mask=here)
                k = carry(du, d, CONSTANTS)
        if dx is not None and STATIC:
            tl.store(dx + offsets, (b * dx_sum).to(dx.dtype.element_ty), mask=inside)
    if partials is not None:
        tl.store(partials + tl.program_id(0), tl.sum(ddecay))


def new_outputs(x: Tensor, decay: Tensor | None, neuron: str, keep: bool, return_v_pre: bool) -> Outputs:
    """Return spikes, sums, v_pre, and v between the segments, uninitialised; empty where not requested."""
    (form, more, _), real = forms(neuron, x.dtype), state_dtype(x)
    T, between = form["T"], triton.cdiv(form["T"], form["STEPS"]) - 1
    kept = (between, math.prod(x.shape[1:])) if keep and between else (0,)
    shapes = (), (), 3 if more["MEASURES"] else 0, () if form["PHI"] else 0
    sums = (x.new_empty(shape, dtype=real) for shape in shapes)
    v_pre = like(x, T, real) if return_v_pre else x.new_empty(0, dtype=real)
    return like(x, T, x.dtype), *sums, v_pre, x.new_empty(kept, dtype=real)  # type: ignore[return-value]


def forward(x: Tensor, decay: Tensor | None, neuron: str, keep: bool, return_v_pre: bool) -> Outputs:
    """Fill `new_outputs`. `keep`: a backward pass may follow."""
    spikes, *sums, v_pre, kept = out = new_outputs(x, decay, neuron, keep, return_v_pre)
    (form, more, _), neurons = forms(neuron, x.dtype), math.prod(x.shape[1:])
    programs = programs_for(triton.cdiv(neurons, form["BLOCK"]))
    outs = each_sum(sums)
    partials = x.new_empty((len(outs), programs), dtype=v_pre.dtype)
    tensors = x, decay, spikes, asked(v_pre), asked(kept), partials
    with torch.cuda.device_of(x):
        forward_kernel[(programs,)](*tensors, neurons, 0 if form["STATIC"] else x.stride(0), **form, **more)
        add_up[(1,)](partials, outs, programs, form["T"] * neurons, **LAUNCH)
    return out


def new_gradients(x: Tensor, neuron: str, needs_dx: bool, needs_ddecay: bool) -> tuple[Tensor, Tensor]:
    """Return dx and ddecay, uninitialised; empty where not requested."""
    form = forms(neuron, x.dtype)[0]
    dx = like(x, 1 if form["STATIC"] else form["T"], x.dtype) if needs_dx else x.new_empty(0)
    return dx, x.new_empty(() if needs_ddecay else 0, dtype=state_dtype(x))


def backward(
    x: Tensor,
    decay: Tensor | None,
    kept: Tensor,
    g: Tensor | None,
    derror: Tensor | None,
    dv_pre: Tensor | None,
    neuron: str,
    needs_dx: bool,
    needs_ddecay: bool,
) -> tuple[Tensor, Tensor]:
    """Fill `new_gradients` from the gradients of the spikes, of the quantization error and of v_pre."""
    dx, ddecay = out = new_gradients(x, neuron, needs_dx, needs_ddecay)
    (form, _, more), neurons = forms(neuron, x.dtype), math.prod(x.shape[1:])
    programs = programs_for(triton.cdiv(neurons, form["BLOCK"]))
    partials = x.new_empty((1, programs), dtype=state_dtype(x)) if needs_ddecay else None
    g, dv_pre = (None if one is None else laid_out_as(x, one) for one in (g, dv_pre))
    strides = (0 if one is None or len(one) == 1 else one.stride(0) for one in (x, g, dv_pre))
    tensors = x, decay, asked(kept), g, derror, dv_pre, asked(dx), partials
    with torch.cuda.device_of(x):
        backward_kernel[(programs,)](*tensors, neurons, *strides, **form, **more)
        if partials is not None:
            add_up[(1,)](partials, (ddecay,), programs, 1, **LAUNCH)
    return out


def remember(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    """Keep x, the learned decay and v between the segments for backward."""
    x, decay, ctx.neuron = inputs[:3]
    _, rate, _, potential, rectified, _, kept = output
    ctx.save_for_backward(x, decay, kept)
    ctx.mark_non_differentiable(rate, potential, rectified, kept)
    ctx.set_materialize_grads(False)


def differentiate(run: Any, ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
    """Return the gradients of the inputs of `forward`, by `backward` or the operator made of it."""
    g, _, derror, _, _, dv_pre, _ = grads
    needs_dx, needs_ddecay = needs = ctx.needs_input_grad[:2]
    dx, ddecay = run(*ctx.saved_tensors, g, derror, dv_pre, ctx.neuron, *needs)
    return dx if needs_dx else None, ddecay if needs_ddecay else None, None, None, None


class FusedLif(torch.autograd.Function):
    """The operator outside `torch.compile`, where a custom operator's 0.1 ms a layer would show."""

    forward = staticmethod(forward)
    setup_context = staticmethod(remember)
    backward = staticmethod(once_differentiable(functools.partial(differentiate, backward)))  # type: ignore[assignment]


# Under torch.compile the kernels are opaque: they own their memory traffic, and nothing could be fused into them.
compiled_forward = torch.library.custom_op("snnexp::lif", forward, mutates_args=())
compiled_backward = torch.library.custom_op("snnexp::lif_backward", backward, mutates_args=())
compiled_forward.register_fake(new_outputs)
compiled_backward.register_fake(lambda x, *arguments: new_gradients(x, *arguments[-3:]))
compiled_forward.register_autograd(functools.partial(differentiate, compiled_backward), setup_context=remember)


def lif(
    x: Float[Tensor, "S N *feat"],
    constants: Constants,
    surrogate: Surrogate,
    rectifier: Rectifier | None = None,
    *,
    T: int | None = None,
    return_v_pre: bool = False,
) -> LifOutput:
    """Compute `snnexp.ops.lif.reference.lif` of an x on a CUDA device; the surrogate needs its `<name>_kernel.py`."""
    neuron, decay = describe(x, constants, surrogate, rectifier, T)
    keep = torch.is_grad_enabled() and (x.requires_grad or (decay is not None and decay.requires_grad))
    run = compiled_forward if torch.compiler.is_compiling() else FusedLif.apply
    spikes, rate, error, potential, rectified, v_pre, _ = run(dense(x), decay, neuron, keep, return_v_pre)
    return LifOutput(spikes, rate, error, asked(rectified), asked(potential), v_pre if return_v_pre else None)
