"""The passes of normalisation and neuron over memory: one forward, one backward that recomputes everything from x."""

# Triton's language is not Python's type system.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportGeneralTypeIssues=false

import triton
import triton.language as tl

from snnexp.ops.base.norm_kernel import channels_of, load_channels, load_currents, place, store_gradients
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
    tiles_of,
    walk,
)


@triton.jit(do_not_specialize=["rows"])
def forward_kernel(x, residual, mean, inverse, weight, bias, decay, spikes, kept, partials,
                   scale: tl.float64, rows: tl.int32, neurons: tl.int64, x_stride: tl.int64, residual_stride: tl.int64,
                   C, inner,
                   T: tl.constexpr, STATIC: tl.constexpr, CONSTANTS: tl.constexpr, PHI: tl.constexpr,
                   REAL: tl.constexpr, STEPS: tl.constexpr, ROWS: tl.constexpr, CHANNELS: tl.constexpr,
                   HALF_WIDTH: tl.constexpr, MEASURES: tl.constexpr):  # fmt: skip
    """Compute as the forward kernel of `lif`, on a program's tiles, from the normalised current."""
    c = channels_of(tl.program_id(1), CHANNELS)
    center, _deviation, factor, shift = load_channels(mean, inverse, weight, bias, scale, c, c < C)
    d, b = leak(decay, CONSTANTS, REAL)
    sums = no_sums(tl.zeros([ROWS, CHANNELS], REAL))
    tiles = tiles_of(rows, ROWS)
    for i in range(tiles):
        # From the end on: what the statistics read last is still in the cache, and what is written last is read first.
        offsets, inside = place(walk(tiles - 1 - i), c, rows, C, inner, ROWS)
        v = tl.zeros([ROWS, CHANNELS], REAL)
        for first in range(0, T, STEPS):
            if kept is not None and first > 0:
                tl.store(kept + (first // STEPS - 1) * neurons + offsets, v, mask=inside)
            if residual is None:
                from_residual = None
            else:
                from_residual = residual + offsets
            ys, _centered = load_currents(x + offsets, from_residual, x_stride, residual_stride, first, inside, center,
                                          factor, shift, REAL, T, 1 if STATIC else STEPS)  # fmt: skip
            for t in tl.static_range(STEPS):
                here = inside & (first + t < T)
                u = charge(v, ys[0 if STATIC else t], d, b)
                fires = fire(u, here, CONSTANTS)
                v = after_spike(u, fires, CONSTANTS)
                to = spikes + (first + t) * neurons + offsets
                tl.store(to, fires.to(REAL).to(spikes.dtype.element_ty), mask=here)
                sums = gather(sums, u, fires, here, CONSTANTS, PHI, HALF_WIDTH, MEASURES)
    programs = tl.num_programs(0) * tl.num_programs(1)
    mine = partials + tl.program_id(0) * tl.num_programs(1) + tl.program_id(1)
    store_sums(mine, programs, sums, PHI, MEASURES)


@triton.jit(do_not_specialize=["rows"])
def backward_kernel(x, residual, mean, inverse, weight, bias, decay, kept, g, derror, dbias, dy_xhat, dx, dresidual,
                    channels, partials, scale: tl.float64, rows: tl.int32, neurons: tl.int64, x_stride: tl.int64,
                    residual_stride: tl.int64, g_stride: tl.int64, C, inner,
                    T: tl.constexpr, STATIC: tl.constexpr, CONSTANTS: tl.constexpr, PHI: tl.constexpr,
                    REAL: tl.constexpr, STEPS: tl.constexpr, SURROGATE: tl.constexpr, PARAMETERS: tl.constexpr,
                    DPHI: tl.constexpr, LAST: tl.constexpr, ROWS: tl.constexpr, CHANNELS: tl.constexpr):  # fmt: skip
    """Compute the sums of dy and dy xhat of a program's tiles, into `channels`, or else dx, dresidual and ddecay.

    `dbias` and `dy_xhat` are the finished sums; without them the statistics were constants, and dx = factor dy.
    """
    c = channels_of(tl.program_id(1), CHANNELS)
    center, deviation, factor, shift = load_channels(mean, inverse, weight, bias, scale, c, c < C)
    d, b = leak(decay, CONSTANTS, REAL)
    c_error = 0.0 if derror is None else 2 * tl.load(derror) / (neurons * T)
    n = (rows * (1 if STATIC else T)).to(REAL)
    mean_dy = 0.0 if dbias is None else tl.load(dbias + c, mask=c < C, other=0.0) / n
    tilt = 0.0 if dy_xhat is None else deviation * (tl.load(dy_xhat + c, mask=c < C, other=0.0) / n)
    dy_sum = tl.zeros([ROWS, CHANNELS], REAL)
    dy_centered_sum = tl.zeros([ROWS, CHANNELS], REAL)
    ddecay = tl.zeros([ROWS, CHANNELS], REAL)
    tiles = tiles_of(rows, ROWS)
    for i in range(tiles):
        # The sums from the end on, dx from the beginning: it finds in the cache what the sums read last.
        offsets, inside = place(walk(i if channels is None else tiles - 1 - i), c, rows, C, inner, ROWS)
        k = tl.zeros([ROWS, CHANNELS], REAL)
        dy = tl.zeros([ROWS, CHANNELS], REAL)
        off = tl.zeros([ROWS, CHANNELS], REAL)
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
            vs, us, fired = (), (), ()
            for t in tl.static_range(STEPS):
                u = charge(v, ys[0 if STATIC else t], d, b)
                fires = fire(u, inside & (first + t < T), CONSTANTS)
                vs += (v,)
                us += (u,)
                fired += (fires,)
                v = after_spike(u, fires, CONSTANTS)
            for t in tl.static_range(STEPS - 1, -1, -1):
                here = inside & (first + t < T)
                slope = spike_slope(us[t], CONSTANTS, SURROGATE, PARAMETERS, PHI, DPHI)
                ds = tl.zeros([ROWS, CHANNELS], REAL) if g is None else gs[t].to(REAL)
                du = through_step(ds, k, us[t], fired[t], slope, CONSTANTS)
                if derror is not None:
                    du += tl.where(here, c_error * (us[t] - fired[t].to(REAL)), 0.0)
                k = carry(du, d, CONSTANTS)
                dy = (dy if STATIC else 0.0) + b * du
                off = centered[0 if STATIC else t]
                if partials is not None:
                    ddecay += du * (vs[t] - ys[0 if STATIC else t] if CONSTANTS.decay_input else vs[t])
                if channels is None:
                    if not STATIC:
                        to = (first + t) * neurons + offsets
                        store_gradients(dx, dresidual, to, here, dy, off, factor, mean_dy, tilt)
                elif not STATIC:
                    dy_sum += dy
                    dy_centered_sum += dy * off
        if STATIC and channels is None:
            store_gradients(dx, dresidual, offsets, inside, dy, off, factor, mean_dy, tilt)
        elif STATIC:
            dy_sum += dy
            dy_centered_sum += dy * off
    if channels is not None:
        to = channels + tl.program_id(0) * C + c
        tl.store(to, tl.sum(dy_sum, axis=0)[None, :], mask=c < C)
        dy_xhat_sum = tl.sum(dy_centered_sum, axis=0)[None, :] * deviation
        tl.store(to + tl.num_programs(0) * C, dy_xhat_sum, mask=c < C)
    if partials is not None:
        mine = partials + tl.program_id(0) * tl.num_programs(1) + tl.program_id(1)
        tl.store(mine, tl.sum(ddecay))
