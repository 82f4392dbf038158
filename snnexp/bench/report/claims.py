"""What must hold of the measured numbers, and whether it does."""

import math
from typing import NamedTuple

import numpy as np

from snnexp.bench.report.base import (
    OURS,
    SPIKINGJELLY,
    TWIN,
    Found,
    Row,
    Rows,
    compared,
    fastest,
    inverse,
    ratio,
    select,
    shown,
    table,
    value,
)

TWO, UNBOUNDED = "two at once", "spin unbounded"
SNNTORCH, PAIR, PRECISION = "snnTorch", "batch norm, then snnexp", f"{SPIKINGJELLY}, bf16 precision"
# SpikingJelly's configurations: where one is missing, nothing is claimed of the best
IN_LAYERS = [SPIKINGJELLY, PRECISION, f"{SPIKINGJELLY}, torch.compile", f"{SPIKINGJELLY}, float32 state"]
IN_STEPS = [SPIKINGJELLY, PRECISION, f"{PRECISION}, channels_last", f"{SPIKINGJELLY}, torch.compile"]


class Claim(NamedTuple):
    """A number that must stay on the right side of its bound, `≤ 4` or `≥ 6`; None: not measured."""

    text: str
    bound: str
    measured: float | None
    interval: tuple[float, float] | None = None

    def holds(self) -> str:
        """Return whether it does, and whether the interval leaves a doubt."""
        if self.measured is None:
            return ""
        sign, limit = self.bound.split()
        number = float(limit.replace(",", ""))
        found = "yes" if (self.measured <= number if sign == "≤" else self.measured >= number) else "**no**"
        doubted = self.interval is not None and self.interval[0] < number < self.interval[1]
        return f"{found}, within noise" if doubted else found


def claims_table(claims: list[Claim]) -> str:
    """Return each claim with its bound, what was measured, and whether it holds."""
    lines = [(c.text, c.bound, shown(c.measured, c.interval), c.holds()) for c in claims]
    return table("what|bound|measured|holds", lines)


def on_cpu(rows: Rows) -> list[Claim]:
    """List the bounds on a CPU with two threads; rivals with their default allocator, but where memory is kept."""
    lif, step = rows["lif-cpu"], rows["step-cpu"]
    copy = compared(lif, "ratio_to_copy", contender=OURS, memory="kept")
    default = {"column": "ratio_to_ours", "memory": "default"}
    twin = inverse(*compared(step, "ratio_to_ours", contender=TWIN))
    # a file of before the second form was timed lacks it: then nothing is claimed
    layouts = SPIKINGJELLY, f"{SPIKINGJELLY}, channels_last"
    rivals = [compared(step, "ratio_to_ours", contender=who, memory="kept") for who in layouts]
    return [
        Claim("LIF, forward and backward, to a copy of its bytes", "≤ 4", *copy),
        Claim("SpikingJelly's LIF to ours", "≥ 6", *compared(lif, contender=SPIKINGJELLY, **default)),
        Claim("snnTorch's loop to ours", "≥ 6", *compared(lif, contender=SNNTORCH, **default)),
        Claim("step of ResNet-20 (width 16, T = 4) to its ReLU twin's", "≤ 1.05", *twin),
        Claim("SpikingJelly's step, in its faster layout and its memory kept, to ours", "≥ 1.8", *fastest(rivals)),
        *reading(rows["decode-cpu"]),
        *two_at_once(rows["beside-cpu"]),
        Claim("seconds from the command to its first step on digits", "≤ 10", seconds_of(rows, "kernels kept")),
        Claim("the same, with the kernels compiled", "≤ 30", seconds_of(rows, "kernels compiled")),
        Claim("seconds of a sweep of four tiny jobs", "≤ 8", seconds_of(rows, "sweep of four tiny jobs")),
        Claim("seconds of a dry run of 200 jobs", "≤ 3", seconds_of(rows, "dry run of 200 jobs")),
        Claim("seconds until a wrong key is refused", "≤ 0.8", seconds_of(rows, "wrong key")),
        Claim("seconds to the first line of a sweep of 1,000", "≤ 3", seconds_of(rows, "first line of 1,000 jobs")),
        Claim("seconds of a sweep of 200 jobs that are done", "≤ 5", seconds_of(rows, "sweep of 200 jobs done")),
        Claim("seconds of a table of finished runs, beside scipy's import", "≤ 1.2", beside_scipy(rows)),
    ]


def reading(rows: list[Row]) -> list[Claim]:
    """List what SpikingJelly's reader takes on each set of recordings."""
    ratios = {
        case: compared(rows, "ratio_to_ours", case=case, contender=SPIKINGJELLY)
        for case in ("N-MNIST .bin", "DVS128 Gesture .bs2")
    }
    return [Claim(f"SpikingJelly's reading of {case} to ours", "≥ 1", *found) for case, found in ratios.items()]


def two_at_once(rows: list[Row]) -> list[Claim]:
    """Claim what two trainings at once cost, and what the bounded spin, which makes this cheap, costs one alone."""
    claims = []
    for recipe in ("digits", "nmnist_vanilla"):
        pair, unbounded = (
            compared(rows, "ratio_to_ours", case=recipe, contender=f"{OURS}, {how}") for how in (TWO, UNBOUNDED)
        )
        claims += [
            Claim(f"step of two trainings of {recipe} at once, to that of one alone", "≤ 2.6", *pair),
            Claim(f"step of {recipe} alone, its spin bounded, to one with libgomp's", "≤ 1.03", *inverse(*unbounded)),
        ]
    return claims


def on_cuda(rows: Rows) -> list[Claim]:
    """Return the bounds on a GPU: the operator summed over ResNet-19's layers at T = 4, then whole steps."""
    layers = select(rows["lif-cuda"], benchmark="lif", case="resnet19", T="4")
    norm = select(rows["lif-cuda"], benchmark="norm_lif", case="resnet19")
    step = select(rows["step-cuda"], case="resnet19")
    best = fastest([over_layers(layers, "ratio_to_ours", who) for who in IN_LAYERS])
    default, pair = (
        over_layers(*of) for of in ((layers, "ratio_to_ours", SPIKINGJELLY), (norm, "ratio_to_ours", PAIR))
    )
    twin, rival = (compared(step, "ratio_to_ours", contender=who) for who in (TWIN, SPIKINGJELLY))
    images = value(rows["step-cuda"], "samples_per_second", case="resnet20", contender=OURS)
    return [
        Claim(
            "LIF on ResNet-19's layers: share of the copy's bandwidth",
            "≥ 0.85",
            *over_layers(layers, "ratio_to_copy", OURS, of_inverse=True),
        ),
        Claim("SpikingJelly's best configuration to ours", "≥ 1.4", *best),
        Claim("SpikingJelly's default under autocast to ours", "≥ 5", *default),
        Claim("batch norm, then LIF, to both in one", "≥ 1.35", *pair),
        Claim("step of ResNet-19 (T = 4, N = 128) to its ReLU twin's", "≤ 1.15", *inverse(*twin)),
        Claim("SpikingJelly's default step to ours", "≥ 1.5", *rival),
        Claim("peak memory to that of SpikingJelly's best configuration", "≤ 0.7", memory_share(step)),
        Claim("ResNet-20, T = 4, images a second in training", "≥ 20,000", images),
        Claim("minutes of ResNet-20, T = 4, to 92 % on CIFAR-10", "≤ 5", minutes_to(0.92, rows["fast"])),
    ]


def over_layers(layers: list[Row], column: str, contender: str, of_inverse: bool = False) -> Found:
    """Return the mean of all layers' ratios, weighted by our time in them; wide, as if all erred to the same side."""
    ours, theirs = select(layers, contender=OURS), select(layers, contender=contender)
    found = [compared([row], column) for row in theirs]
    if not found or len(found) != len(ours) or any(middle is None for middle, _ in found):
        return None, None
    found = [inverse(*each) for each in found] if of_inverse else found
    weights = np.array([float(row["median_ms"]) * int(row["count"]) for row in ours])
    share = weights / weights.sum()
    middle = float(share @ np.array([each for each, _ in found]))
    intervals = [interval for _, interval in found if interval is not None]
    low, high = share @ np.array(intervals) if len(intervals) == len(found) else (None, None)
    return middle, None if low is None or high is None else (float(low), float(high))


def memory_share(step: list[Row]) -> float | None:
    """Return our peak memory over that of SpikingJelly's fastest configuration."""
    rivals = [row for row in step if row["contender"] in IN_STEPS]
    if len(rivals) != len(IN_STEPS):
        return None
    theirs = float(min(rivals, key=lambda row: float(row["median_ms"]))["memory_reserved"])
    return ratio(value(step, "memory_reserved", contender=OURS), theirs)


def seconds_of(rows: Rows, case: str) -> float | None:
    """Return the seconds from a command to the end of its first training step, or to its own end."""
    return ratio(value(rows["start-cpu"], "median_ms", case=case), 1000.0)


def beside_scipy(rows: Rows) -> float | None:
    """Return the seconds of a table less those of importing what its statistics need."""
    whole, scipy = (seconds_of(rows, case) for case in ("table of finished runs", "import scipy.special"))
    return None if whole is None or scipy is None else whole - scipy


def minutes_to(accuracy: float, epochs: list[Row]) -> float | None:
    """Return the minutes until an epoch first reaches that test accuracy; infinite where none does."""
    seconds = 0.0
    for epoch in epochs:
        seconds += float(epoch["seconds"])
        if float(epoch["test_accuracy"]) >= accuracy:
            return seconds / 60
    return math.inf if epochs else None
