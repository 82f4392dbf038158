"""Tiles of a step by channel as Triton sees them, and sums per channel of programs that walk them.

A step in memory is `[outer, C, inner]`, whatever its axes are called: inner = 1 where channels lie last. Tiles are
`[ROWS, CHANNELS]` of rows = outer * inner. A program has some channels and takes every so many-th tile of rows, so that
few partials are written, which one pass adds up in a fixed order. C and inner are numbers: all widths share a kernel.
"""

# Triton's language is not Python's type system.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportGeneralTypeIssues=false

import math

import triton
import triton.language as tl
from torch import Tensor

from snnexp.ops.base.step_kernel import PARTIALS, load_steps, programs_for

CHANNELS = 64  # of a tile: 128 bytes of a row in bfloat16
SECOND = {"PARTIALS": PARTIALS, "CHANNELS": 4, "num_warps": 8, "enable_fp_fusion": False}  # tile of the second stage


@triton.jit
def channels_of(program, CHANNELS: tl.constexpr):
    """Return the channels of a program, `[1, CHANNELS]`."""
    return (program * CHANNELS + tl.arange(0, CHANNELS))[None, :]


@triton.jit
def place(row_tile, c, rows, C, inner, ROWS: tl.constexpr):
    """Return the offsets of a tile within a step, and where it is inside."""
    r = (row_tile * ROWS + tl.arange(0, ROWS))[:, None]
    offsets = (r // inner).to(tl.int64) * (C * inner) + (c * inner + r % inner)
    return offsets, (r < rows) & (c < C)


@triton.jit(do_not_specialize=["programs"])
def add_up_channels(partials, dbias, dy_xhat, dweight, scale: tl.float64, programs: tl.int32, C,
                    PARTIALS: tl.constexpr, CHANNELS: tl.constexpr):  # fmt: skip
    """Add up the programs' sums of dy and dy xhat per channel, partials `[2, programs, C]`; dweight = scale dy_xhat."""
    c = channels_of(tl.program_id(0), CHANNELS)
    p = tl.arange(0, PARTIALS)[:, None]
    known, at = (p < programs) & (c < C), partials + p * C + c
    one = tl.load(at, mask=known, other=0.0).to(tl.float64)
    other = tl.load(at + programs * C, mask=known, other=0.0).to(tl.float64)
    tl.store(dbias + c, tl.sum(one, axis=0)[None, :], mask=c < C)
    total = tl.sum(other, axis=0)[None, :]
    tl.store(dy_xhat + c, total, mask=c < C)
    tl.store(dweight + c, scale * total, mask=c < C)


@triton.jit
def load_channels(mean, inverse, weight, bias, scale, c, known):
    """Load what makes x the current: its center, deviation (inverse), factor and shift."""
    deviation = tl.load(inverse + c, mask=known, other=0.0)
    scaled = tl.full([], scale, deviation.dtype) * tl.load(weight + c, mask=known, other=0.0)
    factor = deviation * scaled
    return tl.load(mean + c, mask=known, other=0.0), deviation, factor, tl.load(bias + c, mask=known, other=0.0)


@triton.jit
def load_currents(x, residual, x_stride, residual_stride, first, inside, center, factor, shift,
                  REAL: tl.constexpr, T: tl.constexpr, COUNT: tl.constexpr):  # fmt: skip
    """Load COUNT steps of y = (x - center) factor + shift + residual, and of x - center."""
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
def store_gradients(dx, dresidual, to, mask, dy, centered, factor, mean_dy, tilt):
    """Store dx = factor (dy - mean(dy) - centered tilt) and dresidual = dy, each where requested."""
    if dresidual is not None:
        tl.store(dresidual + to, dy.to(dresidual.dtype.element_ty), mask=mask)
    if dx is not None:
        tl.store(dx + to, (factor * (dy - mean_dy - centered * tilt)).to(dx.dtype.element_ty), mask=mask)


def geometry(x: Tensor, block: int) -> tuple[tuple[int, int], dict[str, int]]:
    """Return C and inner, how a step of x lies in memory, and the tile that covers `block` elements of it."""
    C = x.shape[2]
    inner = x.stride(2) if C > 1 else 1
    channels = min(CHANNELS, block, triton.next_power_of_2(C)) if inner == 1 else 1
    return (C, inner), {"ROWS": block // channels, "CHANNELS": channels}


def grid(x: Tensor, tile: dict[str, int]) -> tuple[int, int]:
    """Return the numbers of programs over rows and over channels."""
    rows, channels = math.prod(x.shape[1:]) // x.shape[2], triton.cdiv(x.shape[2], tile["CHANNELS"])
    return programs_for(triton.cdiv(rows, tile["ROWS"]), channels), channels


def over_channels(C: int) -> tuple[int]:
    """Return the number of programs of a second stage."""
    return (triton.cdiv(C, SECOND["CHANNELS"]),)
