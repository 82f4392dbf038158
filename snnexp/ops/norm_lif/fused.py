"""Normalisation, residual and LIF in Triton: the normalised current exists in registers only.

Forward reads x twice (statistics, then apply and fire) and writes the spikes; backward recomputes everything from x and
reads x and g twice (two sums per channel, then dx): 16 bytes a neuron and step in bfloat16 without a residual.
"""

# Triton's language is not Python's type system.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportGeneralTypeIssues=false

import math
from typing import Any

import torch
import triton
import triton.language as tl
from jaxtyping import Float
from torch import Tensor

from snnexp.ops.base.neuron_kernel import describe, forms
from snnexp.ops.base.norm_kernel import (
    SUMS,
    TILES,
    add_up_channels,
    batch_statistics,
    geometry,
    grid,
    load_channels,
    load_currents,
    place,
    store_gradients,
)  # fmt: skip
from snnexp.ops.base.step_kernel import (
    LAUNCH,
    add_up,
    after_spike,
    carry,
    charge,
    fire,
    leak,
    load_steps,
    spike_slope,
    through_step,
)
from snnexp.ops.layout import asked, dense, laid_out_as, like, state_dtype
from snnexp.ops.lif.base import Constants, LifOutput, Rectifier
from snnexp.ops.norm_lif.base import NormLifOutput, Statistics
from snnexp.surrogates.base import Surrogate

Outputs = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
Gradients = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


@triton.jit
def forward_kernel(x, residual, mean, inverse, weight, bias, decay, spikes, kept, partials,
                   rows: tl.int32, neurons: tl.int64, x_stride: tl.int64, residual_stride: tl.int64,
                   T: tl.constexpr, STATIC: tl.constexpr, CONSTANTS: tl.constexpr, PHI: tl.constexpr,
                   REAL: tl.constexpr, STEPS: tl.constexpr, C: tl.constexpr, INNER: tl.constexpr,
                   ROWS: tl.constexpr, CHANNELS: tl.constexpr):  # fmt: skip
    """As the forward kernel of `lif`, on a tile, from the normalised current."""
    offsets, inside, c, known = place(tl.program_id(0), tl.program_id(1), rows, C, INNER, ROWS, CHANNELS)
    center, _deviation, factor, shift = load_channels(mean, inverse, weight, bias, c, known)
    d, b = leak(decay, CONSTANTS, REAL)
    v = tl.zeros([ROWS, CHANNELS], REAL)
    count = tl.zeros([ROWS, CHANNELS], REAL)
    error = tl.zeros([ROWS, CHANNELS], REAL)
    rectified = tl.zeros([ROWS, CHANNELS], REAL)
    for first in range(0, T, STEPS):
        if kept is not None and first > 0:
            tl.store(kept + (first // STEPS - 1) * neurons + offsets, v, mask=inside)
        if residual is None:
            from_residual = None
        else:
            from_residual = residual + offsets
        ys, _centered = load_currents(x + offsets, from_residual, x_stride, residual_stride, first, inside, center,
                                      factor, shift, REAL, T, 1 if STATIC else STEPS)  # fmt: skip
        for i in tl.static_range(STEPS):
            here = inside & (first + i < T)
            u = charge(v, ys[0 if STATIC else i], d, b)
            fires = fire(u, here, CONSTANTS)
            v = after_spike(u, fires, CONSTANTS)
            s = fires.to(REAL)
            tl.store(spikes + (first + i) * neurons + offsets, s.to(spikes.dtype.element_ty), mask=here)
            count += s
            error += tl.where(here, (u - s) * (u - s), 0.0)
            if PHI is not None:
                rectified += tl.where(here, (PHI(u) - s) * (PHI(u) - s), 0.0)
    programs = tl.num_programs(0) * tl.num_programs(1)
    mine = partials + tl.program_id(0) * tl.num_programs(1) + tl.program_id(1)
    tl.store(mine, tl.sum(count))
    tl.store(mine + programs, tl.sum(error))
    if PHI is not None:
        tl.store(mine + 2 * programs, tl.sum(rectified))


@triton.jit
def backward_kernel(x, residual, mean, inverse, weight, bias, decay, kept, g, derror, dbias, dweight, dx, dresidual,
                    channels, partials, rows: tl.int32, neurons: tl.int64, x_stride: tl.int64,
                    residual_stride: tl.int64, g_stride: tl.int64,
                    T: tl.constexpr, STATIC: tl.constexpr, CONSTANTS: tl.constexpr, PHI: tl.constexpr,
                    REAL: tl.constexpr, STEPS: tl.constexpr, SURROGATE: tl.constexpr, PARAMETERS: tl.constexpr,
                    DPHI: tl.constexpr, LAST: tl.constexpr, C: tl.constexpr, INNER: tl.constexpr,
                    ROWS: tl.constexpr, CHANNELS: tl.constexpr, TILES: tl.constexpr):  # fmt: skip
    """Either the sums of dy and dy xhat over TILES tiles, into `channels`, or dx, dresidual and ddecay of a tile.

    `dbias` and `dweight` are the finished sums; without them the statistics were constants, and dx = factor dy.
    """
    d, b = leak(decay, CONSTANTS, REAL)
    c_error = 0.0 if derror is None else 2 * tl.load(derror) / (neurons * T)
    n = (rows * (1 if STATIC else T)).to(REAL)
    dy_sum = tl.zeros([ROWS, CHANNELS], REAL)
    dy_xhat_sum = tl.zeros([ROWS, CHANNELS], REAL)
    ddecay = tl.zeros([ROWS, CHANNELS], REAL)
    for tile in range(TILES):
        row_tile = tl.program_id(0) * TILES + tile
        offsets, inside, c, known = place(row_tile, tl.program_id(1), rows, C, INNER, ROWS, CHANNELS)
        center, deviation, factor, shift = load_channels(mean, inverse, weight, bias, c, known)
        mean_dy = 0.0 if dbias is None else tl.load(dbias + c, mask=known, other=0.0) / n
        mean_dy_xhat = 0.0 if dweight is None else tl.load(dweight + c, mask=known, other=0.0) / n
        k = tl.zeros([ROWS, CHANNELS], REAL)
        dy = tl.zeros([ROWS, CHANNELS], REAL)
        xhat = tl.zeros([ROWS, CHANNELS], REAL)
        for first in range(LAST, -1, -STEPS):
            v = tl.zeros([ROWS, CHANNELS], REAL)
            if kept is not None and first > 0:
                v = tl.load(kept + (first // STEPS - 1) * neurons + offsets, mask=inside, other=0.0)
            if residual is None:
                from_residual = None
            else:
                from_residual = residual + offsets
            ys, centered = load_currents(x + offsets, from_residual, x_stride, residual_stride, first, inside, center,
                                         factor, shift, REAL, T, 1 if STATIC else STEPS)  # fmt: skip
            gs = () if g is None else load_steps(g + offsets, g_stride, first, inside, T, STEPS)
            vs, us = (), ()
            for i in tl.static_range(STEPS):
                u = charge(v, ys[0 if STATIC else i], d, b)
                vs += (v,)
                us += (u,)
                fires = fire(u, inside & (first + i < T), CONSTANTS)
                v = after_spike(u, fires, CONSTANTS)
            for i in tl.static_range(STEPS - 1, -1, -1):
                here = inside & (first + i < T)
                fires = fire(us[i], here, CONSTANTS)
                slope = spike_slope(us[i], CONSTANTS, SURROGATE, PARAMETERS, PHI, DPHI)
                ds = tl.zeros([ROWS, CHANNELS], REAL) if g is None else gs[i].to(REAL)
                du = through_step(ds, k, us[i], fires, slope, CONSTANTS)
                if derror is not None:
                    du += tl.where(here, c_error * (us[i] - fires.to(REAL)), 0.0)
                k = carry(du, d, CONSTANTS)
                dy = (dy if STATIC else 0.0) + b * du
                xhat = centered[0 if STATIC else i] * deviation
                if partials is not None:
                    ddecay += du * (vs[i] - ys[0 if STATIC else i] if CONSTANTS.decay_input else vs[i])
                if channels is None:
                    if not STATIC:
                        to = (first + i) * neurons + offsets
                        store_gradients(dx, dresidual, to, here, dy, xhat, factor, mean_dy, mean_dy_xhat)
                elif not STATIC:
                    dy_sum += dy
                    dy_xhat_sum += dy * xhat
        if STATIC and channels is None:
            store_gradients(dx, dresidual, offsets, inside, dy, xhat, factor, mean_dy, mean_dy_xhat)
        elif STATIC:
            dy_sum += dy
            dy_xhat_sum += dy * xhat
    if channels is not None:
        c = (tl.program_id(1) * CHANNELS + tl.arange(0, CHANNELS))[None, :]
        to = channels + tl.program_id(0) * C + c
        tl.store(to, tl.sum(dy_sum, axis=0)[None, :], mask=c < C)
        tl.store(to + tl.num_programs(0) * C, tl.sum(dy_xhat_sum, axis=0)[None, :], mask=c < C)
    if partials is not None:
        mine = partials + tl.program_id(0) * tl.num_programs(1) + tl.program_id(1)
        tl.store(mine, tl.sum(ddecay))


def new_outputs(x: Tensor, residual: Tensor | None, weight: Tensor, bias: Tensor, decay: Tensor | None,
                mean: Tensor | None, inverse: Tensor | None, neuron: str, eps: float,
                keep: bool) -> Outputs:  # fmt: skip
    """Spikes, three sums, mean, variance, inverse deviation, v between the segments; empty where nobody asked."""
    form, real = forms(neuron, x.dtype)[0], state_dtype(x)
    T, between = form["T"], triton.cdiv(form["T"], form["STEPS"]) - 1
    sums = (x.new_empty(shape, dtype=real) for shape in ((), (), () if form["PHI"] else 0))
    own = (x.new_empty(x.shape[2] if mean is None else 0, dtype=real) for _ in range(3))
    kept = x.new_empty((between, math.prod(x.shape[1:])) if keep and between else 0, dtype=real)
    return like(x, T, x.dtype), *sums, *own, kept  # type: ignore[return-value]


def forward(x: Tensor, residual: Tensor | None, weight: Tensor, bias: Tensor, decay: Tensor | None,
            mean: Tensor | None, inverse: Tensor | None, neuron: str, eps: float, keep: bool) -> Outputs:  # fmt: skip
    """`new_outputs`, filled. Without `mean` and `inverse` those of the batch are computed."""
    out = new_outputs(x, residual, weight, bias, decay, mean, inverse, neuron, eps, keep)
    spikes, *sums, own_mean, var, own_inverse, kept = out
    if mean is None or inverse is None:
        batch_statistics(x, eps, mean := own_mean, var, inverse := own_inverse)
    form, neurons = dict(forms(neuron, x.dtype)[0]), math.prod(x.shape[1:])
    tile = geometry(x, form.pop("BLOCK"))
    programs = grid(x, tile)
    partials = x.new_empty((2 if form["PHI"] is None else 3, math.prod(programs)), dtype=kept.dtype)
    tensors = x, residual, mean, inverse, weight, bias, decay, spikes, asked(kept), partials
    with torch.cuda.device_of(x):
        forward_kernel[programs](*tensors, neurons // tile["C"], neurons, stride(x), stride(residual), **form, **tile)
        add_up[(1,)](partials, tuple(sums[: len(partials)]), math.prod(programs), form["T"] * neurons, **LAUNCH)
    return out


def stride(x: Tensor | None) -> int:
    """Stride over T; 0 for one step that stands for all."""
    return 0 if x is None or len(x) == 1 else x.stride(0)


def new_gradients(x: Tensor, residual: Tensor | None, neuron: str, needs: list[bool]) -> Gradients:
    """dx, dresidual, dweight, dbias, ddecay, uninitialised; empty where nobody asked."""
    form, real, C = forms(neuron, x.dtype)[0], state_dtype(x), x.shape[2]
    T = 1 if form["STATIC"] else form["T"]
    dx = like(x, T, x.dtype) if needs[0] else x.new_empty(0)
    dresidual = like(x, T, residual.dtype) if needs[1] and residual is not None else x.new_empty(0)
    dweight, dbias = (x.new_empty(C if any(needs[:4]) else 0, dtype=real) for _ in range(2))
    return dx, dresidual, dweight, dbias, x.new_empty(() if needs[4] else 0, dtype=real)


def backward(x: Tensor, residual: Tensor | None, weight: Tensor, bias: Tensor, decay: Tensor | None, mean: Tensor,
             inverse: Tensor, kept: Tensor, g: Tensor | None, derror: Tensor | None, neuron: str, own: bool,
             needs: list[bool]) -> Gradients:  # fmt: skip
    """`new_gradients`, filled. `own`: mean and inverse are functions of x."""
    dx, dresidual, dweight, dbias, ddecay = out = new_gradients(x, residual, neuron, needs)
    (form, more), neurons = forms(neuron, x.dtype), math.prod(x.shape[1:])
    form = form | more
    tile = geometry(x, form.pop("BLOCK"))
    g = None if g is None else laid_out_as(x, g)
    given = x, residual, mean, inverse, weight, bias, decay, asked(kept), g, derror
    sizes = neurons // tile["C"], neurons, stride(x), stride(residual), stride(g)
    with torch.cuda.device_of(x):
        if needs[2] or needs[3] or (own and needs[0]):
            programs = grid(x, tile, TILES)
            channels = x.new_empty((2, programs[0], tile["C"]), dtype=dweight.dtype)
            sinks = None, None, None, None, channels, None
            backward_kernel[programs](*given, *sinks, *sizes, **form, **tile, TILES=TILES)
            over = (triton.cdiv(tile["C"], SUMS["CHANNELS"]),)
            add_up_channels[over](channels, dbias, dweight, programs[0], C=tile["C"], **SUMS)
        if needs[0] or needs[1] or needs[4]:
            programs = grid(x, tile)
            partials = x.new_empty((1, math.prod(programs)), dtype=dweight.dtype) if needs[4] else None
            sinks = dbias if own else None, dweight if own else None, asked(dx), asked(dresidual), None, partials
            backward_kernel[programs](*given, *sinks, *sizes, **form, **tile, TILES=1)
            if partials is not None:
                add_up[(1,)](partials, (ddecay,), math.prod(programs), 1, **LAUNCH)
    return out


class NormLif(torch.autograd.Function):
    """Forward keeps x, the residual and per-channel numbers; backward recomputes the current and the potential."""

    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> tuple[Tensor, ...]:
        x, residual, weight, bias, decay, mean, inverse, ctx.neuron, _, _ = inputs
        out = forward(*inputs)
        _, rate, _, rectified, own_mean, var, own_inverse, kept = out
        ctx.own = mean is None
        statistics = (own_mean, own_inverse) if ctx.own else (mean, inverse)
        ctx.save_for_backward(x, residual, weight, bias, decay, *statistics, kept)
        ctx.mark_non_differentiable(rate, rectified, own_mean, var, own_inverse, kept)
        ctx.set_materialize_grads(False)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        needs = list(ctx.needs_input_grad[:5])
        x, residual, weight, bias, decay, *rest = ctx.saved_tensors
        made = backward(x, residual, weight, bias, decay, *rest, grads[0], grads[2], ctx.neuron, ctx.own, needs)
        return *(one if needed else None for one, needed in zip(made, needs, strict=True)), *[None] * 5


def norm_lif(
    x: Float[Tensor, "S N C *space"],
    constants: Constants,
    surrogate: Surrogate,
    rectifier: Rectifier | None = None,
    *,
    weight: Float[Tensor, "C"],
    bias: Float[Tensor, "C"],
    eps: float = 1e-5,
    statistics: tuple[Float[Tensor, "C"], Float[Tensor, "C"]] | None = None,
    residual: Float[Tensor, "S N C *space"] | None = None,
    T: int | None = None,
    return_v_pre: bool = False,
) -> NormLifOutput:
    """As `snnexp.ops.norm_lif.reference.norm_lif`, for an x on a CUDA device.

    Raises:
        ValueError: as the reference, and for `return_v_pre`, which is left to the unfused pair.
    """
    if return_v_pre:
        raise ValueError("return_v_pre=True: norm_lif gives no v_pre; normalise first, then call lif")
    neuron, decay = describe(x, constants, surrogate, rectifier, T)
    real, x = state_dtype(x), dense(x)
    inputs = [x, None if residual is None else laid_out_as(x, residual), weight.to(real), bias.to(real), decay]
    keep = torch.is_grad_enabled() and any(one is not None and one.requires_grad for one in inputs)
    given = (None, None) if statistics is None else (one.to(real) for one in statistics)
    spikes, rate, error, rectified, *own, _ = NormLif.apply(*inputs, *given, neuron, eps, keep)
    out = LifOutput(spikes, rate, error, asked(rectified))
    return NormLifOutput(out, Statistics(*own) if statistics is None else None)
