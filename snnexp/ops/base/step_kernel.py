"""The neuron's time step as Triton sees it: inlined by every kernel, so that backward sees the forward's spikes."""

# Triton's language is not Python's type system.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportGeneralTypeIssues=false

import triton
import triton.language as tl

PARTIALS = 1024  # that one pass of a second stage adds up
PROGRAMS = PARTIALS  # of a launch at most: near eight for each of a Hopper's 132 multiprocessors, on any device
LAUNCH = {"num_warps": 4, "enable_fp_fusion": False}  # multiply, then add, as the reference does


@triton.jit
def tiles_of(elements, TILE: tl.constexpr):
    """Return how many tiles this program takes."""
    return tl.cdiv(tl.cdiv(elements, TILE) - tl.program_id(0), tl.num_programs(0))


@triton.jit
def walk(i):
    """Return the i-th tile that this program takes: all programs go through memory side by side."""
    return tl.program_id(0) + i * tl.num_programs(0)


@triton.jit
def load_steps(pointers, stride, first, inside, T: tl.constexpr, COUNT: tl.constexpr):
    """Load COUNT steps from `first`, 0 past T: a tuple, so that all loads are under way before the first store."""
    loaded = ()
    for i in tl.static_range(COUNT):
        loaded += (tl.load(pointers + (first + i) * stride, mask=inside & (first + i < T), other=0.0),)
    return loaded


@triton.jit
def leak(decay, CONSTANTS: tl.constexpr, REAL: tl.constexpr):
    """Return the scalars decay and b, from the pointer `decay` or, without one, from the constant."""
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
    """Compute v_pre = decay v + b x."""
    return decay * v + b * x


@triton.jit
def fire(v_pre, inside, CONSTANTS: tl.constexpr):
    """Return where a neuron spikes; never where there is none."""
    return inside & (v_pre > CONSTANTS.v_threshold if CONSTANTS.strict else v_pre >= CONSTANTS.v_threshold)


@triton.jit
def after_spike(v_pre, fires, CONSTANTS: tl.constexpr):
    """Return v, the potential after the reset."""
    if CONSTANTS.reset == "hard":
        return tl.where(fires, tl.full([], CONSTANTS.v_reset, v_pre.dtype), v_pre)
    else:
        return v_pre - CONSTANTS.v_subtract * fires.to(v_pre.dtype)


@triton.jit
def no_sums(like):
    """Return what `gather` begins from: six zeros of a shape."""
    zero = tl.zeros_like(like)
    return zero, zero, zero, zero, zero, zero


@triton.jit
def gather(sums, v_pre, fires, here, CONSTANTS: tl.constexpr, PHI: tl.constexpr, HALF_WIDTH: tl.constexpr,
           MEASURES: tl.constexpr):  # fmt: skip
    """Add a step of each neuron to: s, (v_pre - s)^2, (phi(v_pre) - s)^2, v_pre, v_pre^2, whether within the window."""
    count, error, rectified, total, square, within = sums
    s = fires.to(v_pre.dtype)
    count += s
    error += tl.where(here, (v_pre - s) * (v_pre - s), 0.0)
    seen = v_pre
    if PHI is not None:
        seen = PHI(v_pre)
        rectified += tl.where(here, (seen - s) * (seen - s), 0.0)
    if MEASURES:
        total += tl.where(here, v_pre, 0.0)
        square += tl.where(here, v_pre * v_pre, 0.0)
        if HALF_WIDTH is None:
            within += float("nan")
        else:
            within += (here & (tl.abs(seen - CONSTANTS.v_threshold) <= HALF_WIDTH)).to(v_pre.dtype)
    return count, error, rectified, total, square, within


@triton.jit
def store_sums(mine, programs, sums, PHI: tl.constexpr, MEASURES: tl.constexpr):
    """Store a program's partials, from `mine` on: a row for spikes and error, what PHI adds, what MEASURES adds."""
    tl.store(mine, tl.sum(sums[0]))
    tl.store(mine + programs, tl.sum(sums[1]))
    if PHI is not None:
        tl.store(mine + 2 * programs, tl.sum(sums[2]))
    if MEASURES:
        for k in tl.static_range(3):
            tl.store(mine + ((2 if PHI is None else 3) + k) * programs, tl.sum(sums[3 + k]))


@triton.jit
def spike_slope(v_pre, CONSTANTS: tl.constexpr, SURROGATE: tl.constexpr, PARAMETERS: tl.constexpr, PHI, DPHI):
    """Return ds/dv_pre = surrogate'(w - v_threshold) phi'(v_pre), w = phi(v_pre), or v_pre without a rectifier."""
    # tl.tuple: Triton 3.6 takes no constexpr behind a star.
    if PHI is None:
        return SURROGATE(v_pre - CONSTANTS.v_threshold, *tl.tuple(PARAMETERS))
    else:
        return SURROGATE(PHI(v_pre) - CONSTANTS.v_threshold, *tl.tuple(PARAMETERS)) * DPHI(v_pre)


@triton.jit
def through_step(g, k, v_pre, fires, slope, CONSTANTS: tl.constexpr):
    """Return g ds/dv_pre + k dv/dv_pre, v = after_spike(v_pre): the gradient that reaches v_pre from s and v."""
    kept = tl.where(fires, 0.0, k) if CONSTANTS.reset == "hard" else k
    if CONSTANTS.detach_reset:
        return g * slope + kept
    elif CONSTANTS.reset == "hard":
        return (g + k * (CONSTANTS.v_reset - v_pre)) * slope + kept
    else:
        return (g - k * CONSTANTS.v_subtract) * slope + kept


@triton.jit
def carry(du, decay, CONSTANTS: tl.constexpr):
    """Return the gradient that reaches v of the step before from v_pre."""
    if CONSTANTS.detach_state:
        return tl.zeros_like(du)
    else:
        return decay * du


@triton.jit(do_not_specialize=["programs"])
def add_up(partials, outs, programs, divisor: tl.int64):
    """Add up row r of `partials` [rows, programs] in one fixed order, over `divisor`: the end of every sum."""
    for row in tl.static_range(len(outs)):
        total = tl.zeros([1024], tl.float64)
        for first in range(0, programs, 1024):
            columns = first + tl.arange(0, 1024)
            total += tl.load(partials + row * programs + columns, mask=columns < programs, other=0.0).to(tl.float64)
        tl.store(outs[row], tl.sum(total) / divisor)


def programs_for(tiles: int, columns: int = 1) -> int:
    """Return how many programs walk the tiles of each of so many columns: one pass adds up what so few leave."""
    return min(tiles, max(1, PROGRAMS // columns))
