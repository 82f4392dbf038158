"""The neuron's time step as Triton sees it: inlined by every kernel, so that backward sees the forward's spikes."""

# Triton's language is not Python's type system.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportGeneralTypeIssues=false

import triton
import triton.language as tl

LAUNCH = {"num_warps": 4, "enable_fp_fusion": False}  # multiply, then add, as the reference does


@triton.jit
def load_steps(pointers, stride, first, inside, T: tl.constexpr, COUNT: tl.constexpr):
    """COUNT steps from `first`, 0 past T: a tuple, so that all loads are under way before the first store."""
    loaded = ()
    for i in tl.static_range(COUNT):
        loaded += (tl.load(pointers + (first + i) * stride, mask=inside & (first + i < T), other=0.0),)
    return loaded


@triton.jit
def leak(decay, CONSTANTS: tl.constexpr, REAL: tl.constexpr):
    """The scalars decay and b, from the pointer `decay` or, without one, from the constant."""
    # A constant that is assigned to a name becomes a float32; tl.full keeps a float64. The constant 1 - decay is
    # rounded once, as in the other forms: 1 - d would be rounded twice.
    if decay is None:
        b = tl.full([], 1 - CONSTANTS.decay if CONSTANTS.decay_input else 1, REAL)
        return tl.full([], CONSTANTS.decay, REAL), b
    else:
        d = tl.load(decay)
        return d, (1 - d if CONSTANTS.decay_input else tl.full([], 1, REAL))


@triton.jit
def charge(v, x, decay, b):
    """v_pre = decay v + b x."""
    return decay * v + b * x


@triton.jit
def fire(v_pre, inside, CONSTANTS: tl.constexpr):
    """Where a neuron spikes; never where there is none."""
    return inside & (v_pre > CONSTANTS.v_threshold if CONSTANTS.strict else v_pre >= CONSTANTS.v_threshold)


@triton.jit
def after_spike(v_pre, fires, CONSTANTS: tl.constexpr):
    """v, the potential after the reset."""
    if CONSTANTS.reset == "hard":
        return tl.where(fires, tl.full([], CONSTANTS.v_reset, v_pre.dtype), v_pre)
    else:
        return v_pre - CONSTANTS.v_subtract * fires.to(v_pre.dtype)


@triton.jit
def spike_slope(v_pre, CONSTANTS: tl.constexpr, SURROGATE: tl.constexpr, PARAMETERS: tl.constexpr, PHI, DPHI):
    """ds/dv_pre: surrogate'(w - v_threshold) phi'(v_pre), with w = phi(v_pre), or v_pre without a rectifier."""
    # tl.tuple: Triton 3.6 takes no constexpr behind a star.
    if PHI is None:
        return SURROGATE(v_pre - CONSTANTS.v_threshold, *tl.tuple(PARAMETERS))
    else:
        return SURROGATE(PHI(v_pre) - CONSTANTS.v_threshold, *tl.tuple(PARAMETERS)) * DPHI(v_pre)


@triton.jit
def through_step(g, k, v_pre, fires, slope, CONSTANTS: tl.constexpr):
    """g ds/dv_pre + k dv/dv_pre, where v = after_spike(v_pre): the gradient that reaches v_pre from s and from v."""
    kept = tl.where(fires, 0.0, k) if CONSTANTS.reset == "hard" else k
    if CONSTANTS.detach_reset:
        return g * slope + kept
    elif CONSTANTS.reset == "hard":
        return (g + k * (CONSTANTS.v_reset - v_pre)) * slope + kept
    else:
        return (g - k * CONSTANTS.v_subtract) * slope + kept


@triton.jit
def carry(du, decay, CONSTANTS: tl.constexpr):
    """The gradient that reaches v of the step before from v_pre."""
    if CONSTANTS.detach_state:
        return tl.zeros_like(du)
    else:
        return decay * du


@triton.jit
def add_up(partials, outs, programs, divisor: tl.int64):
    """Second stage of every sum: row r of `partials` [rows, programs], summed in one fixed order, over `divisor`."""
    for row in tl.static_range(len(outs)):
        total = tl.zeros([1024], tl.float64)
        for first in range(0, programs, 1024):
            columns = first + tl.arange(0, 1024)
            total += tl.load(partials + row * programs + columns, mask=columns < programs, other=0.0).to(tl.float64)
        tl.store(outs[row], tl.sum(total) / divisor)
