"""Per-channel statistics and sums as Triton sees them, in two stages each: partials of programs, then a fixed order.

A step in memory is `[outer, C, inner]`, whatever its axes are called: inner = 1 where channels lie last. Reductions
run over rows = outer * inner, in tiles `[ROWS, CHANNELS]`.
"""

# Triton's language is not Python's type system.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportGeneralTypeIssues=false

import math

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.autograd.graph import increment_version

from snnexp.ops.base.step_kernel import LAUNCH, load_steps
from snnexp.ops.norm_lif.base import Running, unbiased

TILES = 8  # that a program of a reduction walks, so that few partials are written
SUMS = {"ROWS": 64, "CHANNELS": 16, **LAUNCH}  # tile of the second stage


@triton.jit
def place(row_tile, channel_tile, rows, C: tl.constexpr, INNER: tl.constexpr, ROWS: tl.constexpr,
          CHANNELS: tl.constexpr):  # fmt: skip
    """Offsets of a tile within a step, where it is inside, its channels `[1, CHANNELS]` and where they are."""
    r = (row_tile * ROWS + tl.arange(0, ROWS))[:, None]
    c = (channel_tile * CHANNELS + tl.arange(0, CHANNELS))[None, :]
    offsets = (r // INNER).to(tl.int64) * (C * INNER) + (c * INNER + r % INNER)
    return offsets, (r < rows) & (c < C), c, c < C


@triton.jit
def statistics_kernel(x, partials, rows, x_stride: tl.int64, S: tl.constexpr, C: tl.constexpr, INNER: tl.constexpr,
                      REAL: tl.constexpr, TILES: tl.constexpr, ROWS: tl.constexpr, CHANNELS: tl.constexpr):  # fmt: skip
    """Count, mean (as base + offset) and squared deviations of TILES tiles and S steps; `[4, programs, C]`."""
    chunk = tl.program_id(0)
    offsets, inside, c, known = place(chunk * TILES, tl.program_id(1), rows, C, INNER, ROWS, CHANNELS)
    # Each slot shifts by its own first value: no cancellation, and no division per element.
    shift = tl.load(x + offsets, mask=inside, other=0.0).to(REAL)
    n = tl.zeros([ROWS, CHANNELS], REAL)
    first = tl.zeros([ROWS, CHANNELS], REAL)
    second = tl.zeros([ROWS, CHANNELS], REAL)
    for i in range(TILES):
        offsets, inside, c, known = place(chunk * TILES + i, tl.program_id(1), rows, C, INNER, ROWS, CHANNELS)
        for t in range(S):
            deviation = tl.load(x + t * x_stride + offsets, mask=inside, other=0.0).to(REAL) - shift
            deviation = tl.where(inside, deviation, 0.0)
            n += inside.to(REAL)
            first += deviation
            second += deviation * deviation
    # Slots' means as offsets from the first row's shift: in float32 they would lose what distinguishes them.
    base = tl.sum(tl.where(tl.arange(0, ROWS)[:, None] == 0, shift, 0.0), axis=0)[None, :]
    at_least_1 = tl.maximum(n, 1.0)
    slot_mean = shift - base + first / at_least_1
    total = tl.sum(n, axis=0)[None, :]
    mean = tl.sum(n * slot_mean, axis=0)[None, :] / tl.maximum(total, 1.0)
    squares = second - first * first / at_least_1 + n * (slot_mean - mean) * (slot_mean - mean)
    to = partials + chunk * C + c
    plane = tl.num_programs(0) * C
    tl.store(to, total, mask=known)
    tl.store(to + plane, base, mask=known)
    tl.store(to + 2 * plane, mean, mask=known)
    tl.store(to + 3 * plane, tl.sum(squares, axis=0)[None, :], mask=known)


@triton.jit
def load_mean(one, plane, known):
    """A program's count and mean, to the last bit."""
    mean = tl.load(one + plane, mask=known, other=0.0).to(tl.float64)
    mean += tl.load(one + 2 * plane, mask=known, other=0.0).to(tl.float64)
    return tl.load(one, mask=known, other=0.0).to(tl.float64), mean


@triton.jit
def combine_kernel(partials, mean, var, inverse, running_mean, running_var, momentum: tl.float64,
                   unbiased: tl.float64, programs, EPS: tl.constexpr, C: tl.constexpr, ROWS: tl.constexpr,
                   CHANNELS: tl.constexpr):  # fmt: skip
    """Second stage of the statistics: mean, biased variance and 1 / sqrt(var + eps); moves the running ones."""
    c = (tl.program_id(0) * CHANNELS + tl.arange(0, CHANNELS))[None, :]
    n = tl.zeros([ROWS, CHANNELS], tl.float64)
    weighted = tl.zeros([ROWS, CHANNELS], tl.float64)
    for start in range(0, programs, ROWS):
        p = (start + tl.arange(0, ROWS))[:, None]
        known, one = (p < programs) & (c < C), partials + p * C + c
        count, program_mean = load_mean(one, programs * C, known)
        n += count
        weighted += count * program_mean
    total = tl.maximum(tl.sum(n, axis=0), 1.0)[None, :]  # 0 beyond the last channel
    m = tl.sum(weighted, axis=0)[None, :] / total
    squares = tl.zeros([ROWS, CHANNELS], tl.float64)
    for start in range(0, programs, ROWS):
        p = (start + tl.arange(0, ROWS))[:, None]
        known, one = (p < programs) & (c < C), partials + p * C + c
        count, program_mean = load_mean(one, programs * C, known)
        own = tl.load(one + 3 * programs * C, mask=known, other=0.0).to(tl.float64)
        squares += own + count * (program_mean - m) * (program_mean - m)
    v = tl.sum(squares, axis=0)[None, :] / total
    tl.store(mean + c, m, mask=c < C)
    tl.store(var + c, v, mask=c < C)
    tl.store(inverse + c, 1 / tl.sqrt(v + EPS), mask=c < C)
    if running_mean is not None:
        move(running_mean + c, m, momentum, c < C)
        move(running_var + c, v * unbiased, momentum, c < C)


@triton.jit
def move(running, found, momentum, known):
    """r += momentum (found - r), rounded once."""
    before = tl.load(running, mask=known, other=0.0).to(tl.float64)
    tl.store(running, before + momentum * (found - before), mask=known)


@triton.jit
def add_up_channels(partials, dbias, dy_xhat, dweight, scale: tl.float64, programs, C: tl.constexpr,
                    ROWS: tl.constexpr, CHANNELS: tl.constexpr):  # fmt: skip
    """Second stage of the sums of dy and dy xhat per channel, partials `[2, programs, C]`; dweight = scale dy_xhat."""
    c = (tl.program_id(0) * CHANNELS + tl.arange(0, CHANNELS))[None, :]
    one = tl.zeros([ROWS, CHANNELS], tl.float64)
    other = tl.zeros([ROWS, CHANNELS], tl.float64)
    for start in range(0, programs, ROWS):
        p = (start + tl.arange(0, ROWS))[:, None]
        known, at = (p < programs) & (c < C), partials + p * C + c
        one += tl.load(at, mask=known, other=0.0).to(tl.float64)
        other += tl.load(at + programs * C, mask=known, other=0.0).to(tl.float64)
    tl.store(dbias + c, tl.sum(one, axis=0)[None, :], mask=c < C)
    total = tl.sum(other, axis=0)[None, :]
    tl.store(dy_xhat + c, total, mask=c < C)
    tl.store(dweight + c, scale * total, mask=c < C)


@triton.jit
def load_channels(mean, inverse, weight, bias, scale, c, known):
    """What makes x the current: its center, deviation (inverse), factor and shift."""
    deviation = tl.load(inverse + c, mask=known, other=0.0)
    scaled = tl.full([], scale, deviation.dtype) * tl.load(weight + c, mask=known, other=0.0)
    factor = deviation * scaled
    return tl.load(mean + c, mask=known, other=0.0), deviation, factor, tl.load(bias + c, mask=known, other=0.0)


@triton.jit
def load_currents(x, residual, x_stride, residual_stride, first, inside, center, factor, shift,
                  REAL: tl.constexpr, T: tl.constexpr, COUNT: tl.constexpr):  # fmt: skip
    """COUNT steps of y = (x - center) factor + shift + residual, and of x - center."""
    xs = load_steps(x, x_stride, first, inside, T, COUNT)
    rs = () if residual is None else load_steps(residual, residual_stride, first, inside, T, COUNT)
    ys, centered = (), ()
    for i in tl.static_range(COUNT):
        off = xs[i].to(REAL) - center
        y = off * factor + shift
        ys += (y if residual is None else y + rs[i].to(REAL),)
        centered += (off,)
    return ys, centered


@triton.jit
def store_gradients(dx, dresidual, to, mask, dy, xhat, factor, mean_dy, mean_dy_xhat):
    """dx = factor (dy - mean(dy) - xhat mean(dy xhat)) and dresidual = dy, each where requested."""
    if dresidual is not None:
        tl.store(dresidual + to, dy.to(dresidual.dtype.element_ty), mask=mask)
    if dx is not None:
        tl.store(dx + to, (factor * (dy - mean_dy - xhat * mean_dy_xhat)).to(dx.dtype.element_ty), mask=mask)


def geometry(x: Tensor, block: int) -> dict[str, int]:
    """How a step of x lies in memory, `[outer, C, INNER]`, and the tile that covers `block` elements of it."""
    C = x.shape[2]
    inner = x.stride(2) if C > 1 else 1
    channels = min(128, block, triton.next_power_of_2(C)) if inner == 1 else 1
    return {"C": C, "INNER": inner, "ROWS": block // channels, "CHANNELS": channels}


def grid(x: Tensor, tile: dict[str, int], tiles: int = 1) -> tuple[int, int]:
    """Programs over rows and over channels."""
    rows = math.prod(x.shape[1:]) // tile["C"]
    return triton.cdiv(rows, tile["ROWS"] * tiles), triton.cdiv(tile["C"], tile["CHANNELS"])


def batch_statistics(
    x: Tensor, eps: float, running: Running | None, T: int, mean: Tensor, var: Tensor, inverse: Tensor
) -> None:
    """Fills the last three, `[C]`, with those of x `[S, N, C, ...]`, dense within a step; T steps move the running."""
    real, tile = mean.dtype, geometry(x, 2048)
    programs, over_channels = grid(x, tile, TILES)
    partials = x.new_empty((4, programs, tile["C"]), dtype=real)
    rows, kind = math.prod(x.shape[1:]) // tile["C"], tl.float64 if real == torch.float64 else tl.float32
    moved = (None, None, 0.0, 1.0) if running is None else (*running, unbiased(rows * T))
    with torch.cuda.device_of(x):
        statistics_kernel[(programs, over_channels)](
            x, partials, rows, x.stride(0), S=len(x), REAL=kind, TILES=TILES, **tile, **LAUNCH
        )
        over = (triton.cdiv(tile["C"], SUMS["CHANNELS"]),)
        combine_kernel[over](partials, mean, var, inverse, *moved, programs, EPS=eps, C=tile["C"], **SUMS)
    if running is not None:
        # So that autograd, which saw no change, refuses a backward pass that needs what they were.
        increment_version((running.mean, running.var))
