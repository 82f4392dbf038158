"""`sigmoid.py` for the fused operator."""

import triton
import triton.language as tl


@triton.jit
def sigmoid(z, alpha):
    """Compute alpha sigma (1 - sigma) = alpha e / (1 + e)^2 with e = exp(-|alpha z|), without overflow."""
    e = tl.exp(-alpha * tl.abs(z))
    return alpha * e / ((1 + e) * (1 + e))
