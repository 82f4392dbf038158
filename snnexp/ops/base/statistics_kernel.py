"""Statistics of a batch per channel in two stages: partials of programs that walk tiles, then one pass over those."""

# Triton's language is not Python's type system.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportGeneralTypeIssues=false

import math

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.autograd.graph import increment_version

from snnexp.ops.base.norm_kernel import SECOND, channels_of, geometry, grid, over_channels, place
from snnexp.ops.base.step_kernel import LAUNCH, tiles_of, walk
from snnexp.ops.norm_lif.base import Running, unbiased

BLOCK = 1024  # elements of a tile
LOADS = 4  # tiles that a program has under way, of time steps or, where there are fewer, of rows: 8 KB in bfloat16


@triton.jit(do_not_specialize=["rows"])
def statistics_kernel(x, partials, rows: tl.int32, x_stride: tl.int64, C, inner, S: tl.constexpr, REAL: tl.constexpr,
                      ROWS: tl.constexpr, CHANNELS: tl.constexpr, STEPS: tl.constexpr,
                      GROUP: tl.constexpr):  # fmt: skip
    """Count, mean (as base + offset) and squared deviations of a program's tiles and S steps; `[4, programs, C]`."""
    c = channels_of(tl.program_id(1), CHANNELS)
    offsets, inside = place(tl.program_id(0), c, rows, C, inner, ROWS)
    # Each slot shifts by its own first value: no cancellation, and no division per element.
    shift = tl.load(x + offsets, mask=inside, other=0.0).to(REAL)
    first = tl.zeros([ROWS, CHANNELS], REAL)
    second = tl.zeros([ROWS, CHANNELS], REAL)
    tiles = tiles_of(rows, ROWS)
    for i in range(0, tiles, GROUP):
        for step in range(0, S, STEPS):
            xs, counted = (), ()
            for j in tl.static_range(GROUP):
                # Behind this program's last tile lie no rows.
                offsets, inside = place(walk(i + j), c, rows, C, inner, ROWS)
                for t in tl.static_range(STEPS):
                    here = inside & (step + t < S)
                    xs += (tl.load(x + (step + t) * x_stride + offsets, mask=here, other=0.0),)
                    counted += (here,)
            # From the last load on: else the compiler, to save registers, puts each behind the use of the one before.
            for j in tl.static_range(GROUP * STEPS - 1, -1, -1):
                deviation = tl.where(counted[j], xs[j].to(REAL) - shift, 0.0)
                first += deviation
                second += deviation * deviation
    # Each row of the tile was there in all tiles, or in all but the last.
    in_last = (walk(tiles - 1) * ROWS + tl.arange(0, ROWS))[:, None] < rows
    n = (S * tl.where(in_last, tiles, tiles - 1)).to(REAL)
    # Slots' means as offsets from the first row's shift: in float32 they would lose what distinguishes them.
    base = tl.sum(tl.where(tl.arange(0, ROWS)[:, None] == 0, shift, 0.0), axis=0)[None, :]
    at_least_1 = tl.maximum(n, 1.0)
    slot_mean = shift - base + first / at_least_1
    total = tl.sum(n, axis=0)[None, :]
    mean = tl.sum(n * slot_mean, axis=0)[None, :] / tl.maximum(total, 1.0)
    squares = second - first * first / at_least_1 + n * (slot_mean - mean) * (slot_mean - mean)
    to, known = partials + tl.program_id(0) * C + c, c < C
    plane = tl.num_programs(0) * C
    tl.store(to, total, mask=known)
    tl.store(to + plane, base, mask=known)
    tl.store(to + 2 * plane, mean, mask=known)
    tl.store(to + 3 * plane, tl.sum(squares, axis=0)[None, :], mask=known)


@triton.jit
def load_mean(one, plane, known):
    """Load a program's mean, to the last bit."""
    mean = tl.load(one + plane, mask=known, other=0.0).to(tl.float64)
    return mean + tl.load(one + 2 * plane, mask=known, other=0.0).to(tl.float64)


@triton.jit(do_not_specialize=["programs"])
def combine_kernel(partials, mean, var, inverse, running_mean, running_var, momentum: tl.float64,
                   unbiased: tl.float64, programs: tl.int32, C, EPS: tl.constexpr, PARTIALS: tl.constexpr,
                   CHANNELS: tl.constexpr):  # fmt: skip
    """Compute mean, biased variance and 1 / sqrt(var + eps) of all; move the running ones."""
    c = channels_of(tl.program_id(0), CHANNELS)
    p = tl.arange(0, PARTIALS)[:, None]
    known, one, plane = (p < programs) & (c < C), partials + p * C + c, programs * C
    # Means from the first program's: the batch's is no further off than its deviation times the root of `programs`.
    start = load_mean(partials + c, plane, c < C)
    off = tl.where(known, load_mean(one, plane, known) - start, 0.0)
    n = tl.load(one, mask=known, other=0.0).to(tl.float64)
    own = tl.load(one + 3 * plane, mask=known, other=0.0).to(tl.float64)
    total = tl.maximum(tl.sum(n, axis=0), 1.0)[None, :]  # 0 beyond the last channel
    mean_off = tl.sum(n * off, axis=0)[None, :] / total
    v = tl.sum(own + n * off * off, axis=0)[None, :] / total - mean_off * mean_off
    m = start + mean_off
    tl.store(mean + c, m, mask=c < C)
    tl.store(var + c, v, mask=c < C)
    tl.store(inverse + c, 1 / tl.sqrt(v + EPS), mask=c < C)
    if running_mean is not None:
        move(running_mean + c, m, momentum, c < C)
        move(running_var + c, v * unbiased, momentum, c < C)


@triton.jit
def move(running, found, momentum, known):
    """Add momentum (found - r) to r, rounded once."""
    before = tl.load(running, mask=known, other=0.0).to(tl.float64)
    tl.store(running, before + momentum * (found - before), mask=known)


def batch_statistics(
    x: Tensor, eps: float, running: Running | None, T: int, mean: Tensor, var: Tensor, inverse: Tensor
) -> None:
    """Fill the last three, `[C]`, with those of x `[S, N, C, ...]`, dense within a step; T steps move the running."""
    (C, inner), tile = geometry(x, BLOCK)
    programs, rows = grid(x, tile), math.prod(x.shape[1:]) // C
    partials = x.new_empty((4, programs[0], C), dtype=mean.dtype)
    kind = tl.float64 if mean.dtype == torch.float64 else tl.float32
    moved = (None, None, 0.0, 1.0) if running is None else (*running, unbiased(rows * T))
    with torch.cuda.device_of(x):
        sizes, steps = (rows, x.stride(0), C, inner), min(len(x), LOADS)
        form = {"S": len(x), "REAL": kind, "STEPS": steps, "GROUP": LOADS // steps, **tile, **LAUNCH}
        statistics_kernel[programs](x, partials, *sizes, **form)
        combine_kernel[over_channels(C)](partials, mean, var, inverse, *moved, programs[0], C, EPS=eps, **SECOND)
    if running is not None:
        # So that autograd, which saw no change, refuses a backward pass that needs what they were.
        increment_version((running.mean, running.var))
