"""The passes of normalisation and neuron over memory: one forward, one backward that recomputes everything from x."""

# Triton's language is not Python's type system.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportGeneralTypeIssues=false

import triton
import triton.language as tl

from snnexp.ops.base.norm_kernel import load_channels, load_currents, place, store_gradients
from snnexp.ops.base.step_kernel import (
    after_spike,
    carry,
    charge,
    fire,
    gather,
    leak,
    load_steps,
    no_sums,
    spike_slope,
    store_sums,
    through_step,
)


@triton.jit
def forward_kernel(x, residual, mean, inverse, weight, bias, decay, spikes, kept, partials,
                   scale: tl.float64, rows: tl.int32, neurons: tl.int64, x_stride: tl.int64, residual_stride: tl.int64,
                   T: tl.constexpr, STATIC: tl.constexpr, CONSTANTS: tl.constexpr, PHI: tl.constexpr,
                   REAL: tl.constexpr, STEPS: tl.constexpr, C: tl.constexpr, INNER: tl.constexpr,
                   ROWS: tl.constexpr, CHANNELS: tl.constexpr, HALF_WIDTH: tl.constexpr,
                   MEASURES: tl.constexpr):  # fmt: skip
    """As the forward kernel of `lif`, on a tile, from the normalised current."""
    offsets, inside, c, known = place(tl.program_id(0), tl.program_id(1), rows, C, INNER, ROWS, CHANNELS)
    center, _deviation, factor, shift = load_channels(mean, inverse, weight, bias, scale, c, known)
    d, b = leak(decay, CONSTANTS, REAL)
    v = tl.zeros([ROWS, CHANNELS], REAL)
    sums = no_sums(v)
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
            tl.store(spikes + (first + i) * neurons + offsets, fires.to(REAL).to(spikes.dtype.element_ty), mask=here)
            sums = gather(sums, u, fires, here, CONSTANTS, PHI, HALF_WIDTH, MEASURES)
    programs = tl.num_programs(0) * tl.num_programs(1)
    mine = partials + tl.program_id(0) * tl.num_programs(1) + tl.program_id(1)
    store_sums(mine, programs, sums, PHI, MEASURES)


@triton.jit
def backward_kernel(x, residual, mean, inverse, weight, bias, decay, kept, g, derror, dbias, dy_xhat, dx, dresidual,
                    channels, partials, scale: tl.float64, rows: tl.int32, neurons: tl.int64, x_stride: tl.int64,
                    residual_stride: tl.int64, g_stride: tl.int64,
                    T: tl.constexpr, STATIC: tl.constexpr, CONSTANTS: tl.constexpr, PHI: tl.constexpr,
                    REAL: tl.constexpr, STEPS: tl.constexpr, SURROGATE: tl.constexpr, PARAMETERS: tl.constexpr,
                    DPHI: tl.constexpr, LAST: tl.constexpr, C: tl.constexpr, INNER: tl.constexpr,
                    ROWS: tl.constexpr, CHANNELS: tl.constexpr, TILES: tl.constexpr):  # fmt: skip
    """Either the sums of dy and dy xhat over TILES tiles, into `channels`, or dx, dresidual and ddecay of a tile.

    `dbias` and `dy_xhat` are the finished sums; without them the statistics were constants, and dx = factor dy.
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
        center, deviation, factor, shift = load_channels(mean, inverse, weight, bias, scale, c, known)
        mean_dy = 0.0 if dbias is None else tl.load(dbias + c, mask=known, other=0.0) / n
        mean_dy_xhat = 0.0 if dy_xhat is None else tl.load(dy_xhat + c, mask=known, other=0.0) / n
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
