"""`Phi` of `mpr.py` for the fused operator."""

import math

import triton
import triton.language as tl

HALF_HEIGHT = tl.constexpr(0.5 / math.tanh(1.5))


@triton.jit
def phi(v_pre):
    """Compute 1 - (1 - v)^(1/3) below 0, 1/2 + tanh(3 (v - 1/2)) / (2 tanh(3/2)) on [0, 1], v^(1/3) above 1."""
    outer = tl.maximum(tl.where(v_pre < 0, 1 - v_pre, v_pre), 1.0)
    root = tl.exp(tl.log(outer) * (1 / 3))
    e = tl.exp(-6 * tl.abs(v_pre - 0.5))
    # Rounding must not carry the middle out of [0, 1]: the rectangle's edges lie at phi(0) and phi(1).
    half = tl.minimum(HALF_HEIGHT * (1 - e) / (1 + e), 0.5)
    middle = tl.where(v_pre < 0.5, 0.5 - half, 0.5 + half)
    return tl.where(v_pre < 0, 1 - root, tl.where(v_pre > 1, root, middle))


@triton.jit
def dphi(v_pre):
    """Compute phi' on [0, 1], and 0 outside, where the rectangle is 0 as well."""
    e = tl.exp(-6 * tl.abs(v_pre - 0.5))
    inside = ((v_pre >= 0) & (v_pre <= 1)).to(v_pre.dtype)
    return inside * (12 * HALF_HEIGHT) * e / ((1 + e) * (1 + e))
