"""`atan.py` for the fused operator."""

import math

import triton
import triton.language as tl

HALF_PI = tl.constexpr(math.pi / 2)


@triton.jit
def atan(z, alpha):
    """Compute (alpha / 2) / (1 + (pi alpha z / 2)^2)."""
    y = HALF_PI * alpha * z
    return alpha / 2 / (1 + y * y)
