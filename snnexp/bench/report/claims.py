"""What must hold of the measured numbers, and whether it does."""

import math
from typing import NamedTuple

from snnexp.bench.report.base import Row, number, ratio, select, table, total, value

OURS, TWIN, SPIKINGJELLY, SNNTORCH = "snnexp", "ReLU twin", "SpikingJelly", "snnTorch"
Rows = dict[str, list[Row]]


class Claim(NamedTuple):
    """A number that must stay on the right side of its bound, `≤ 4` or `≥ 6`; None: not measured."""

    text: str
    bound: str
    measured: float | None

    def holds(self) -> str:
        """Whether it does, in a word."""
        if self.measured is None:
            return ""
        sign, limit = self.bound.split()
        number = float(limit.replace(",", ""))
        return "yes" if (self.measured <= number if sign == "≤" else self.measured >= number) else "**no**"


def claims_table(claims: list[Claim]) -> str:
    """Each claim with its bound, what was measured, and whether it holds."""
    lines = [(c.text, c.bound, number(c.measured) or "not measured yet", c.holds()) for c in claims]
    return table("what|bound|measured|holds", lines)


def on_cpu(rows: Rows) -> list[Claim]:
    """The bounds on a CPU with two threads; rivals with their default allocator."""
    lif, step = rows["lif-cpu"], rows["step-cpu"]
    default = {"column": "ratio_to_ours", "memory": "default"}
    twin = ratio(value(step, "median_ms", contender=OURS), value(step, "median_ms", contender=TWIN))
    return [
        Claim("LIF, forward and backward, to a copy of its bytes", "≤ 4", value(lif, "ratio_to_copy", contender=OURS)),
        Claim("SpikingJelly's LIF to ours", "≥ 6", value(lif, contender=SPIKINGJELLY, **default)),
        Claim("snnTorch's loop to ours", "≥ 6", value(lif, contender=SNNTORCH, **default)),
        Claim("step of ResNet-20 (width 16, T = 4) to its ReLU twin's", "≤ 1.2", twin),
        Claim("SpikingJelly's step to ours", "≥ 1.8", value(step, contender=SPIKINGJELLY, **default)),
        Claim("seconds from the command to its first step on digits", "≤ 10", seconds_to_step(rows, "kernels kept")),
        Claim("the same, with the kernels compiled", "≤ 30", seconds_to_step(rows, "kernels compiled")),
    ]


def on_cuda(rows: Rows) -> list[Claim]:
    """The bounds on a GPU: the operator summed over ResNet-19's layers at T = 4, then whole steps."""
    layers = select(rows["lif-cuda"], benchmark="lif", case="resnet19", T="4")
    norm = select(rows["lif-cuda"], benchmark="norm_lif")
    step = select(rows["step-cuda"], case="resnet19")
    lif_ms, rival_ms = (total(layers, "median_ms", contender=who) for who in (OURS, SPIKINGJELLY))
    pair, both = (total(norm, "median_ms", contender=who) for who in ("batch norm, then snnexp", OURS))
    ours, twin, rival = (value(step, "median_ms", contender=who) for who in (OURS, TWIN, SPIKINGJELLY))
    images = value(rows["step-cuda"], "samples_per_second", case="resnet20", contender=OURS)
    return [
        Claim("LIF on ResNet-19's layers: share of the copy's bandwidth", "≥ 0.85", share_of_copy(layers)),
        Claim("SpikingJelly's best configuration to ours", "≥ 1.4", ratio(best_layers(layers), lif_ms)),
        Claim("SpikingJelly's default under autocast to ours", "≥ 5", ratio(rival_ms, lif_ms)),
        Claim("batch norm, then LIF, to both in one", "≥ 1.35", ratio(pair, both)),
        Claim("step of ResNet-19 (T = 4, N = 128) to its ReLU twin's", "≤ 1.15", ratio(ours, twin)),
        Claim("SpikingJelly's default step to ours", "≥ 1.5", ratio(rival, ours)),
        Claim("peak memory to that of SpikingJelly's best configuration", "≤ 0.7", memory_share(step)),
        Claim("ResNet-20, T = 4, images a second in training", "≥ 20,000", images),
        Claim("minutes of ResNet-20, T = 4, to 92 % on CIFAR-10", "≤ 5", minutes_to(0.92, rows["fast"])),
    ]


def share_of_copy(layers: list[Row]) -> float | None:
    """The time that copies of as many bytes take, over ours."""
    ours = [dict(row) for row in select(layers, contender=OURS) if row["ratio_to_copy"]]
    for row in ours:
        row["copy_ms"] = str(float(row["median_ms"]) / float(row["ratio_to_copy"]))
    return ratio(total(ours, "copy_ms"), total(ours, "median_ms"))


def best_layers(layers: list[Row]) -> float | None:
    """The least time that one configuration of SpikingJelly takes for all layers."""
    names = {row["contender"] for row in layers if SPIKINGJELLY in row["contender"]}
    every = len(select(layers, contender=OURS))
    whole = [name for name in names if len(select(layers, contender=name)) == every]
    return min((total(layers, "median_ms", contender=name) or 0.0 for name in whole), default=None)


def memory_share(step: list[Row]) -> float | None:
    """Our peak memory over that of SpikingJelly's fastest configuration."""
    rivals = [row for row in step if SPIKINGJELLY in row["contender"]]
    fastest = min(rivals, key=lambda row: float(row["median_ms"]), default=None)
    theirs = None if fastest is None else float(fastest["memory_reserved"])
    return ratio(value(step, "memory_reserved", contender=OURS), theirs)


def seconds_to_step(rows: Rows, case: str) -> float | None:
    """From the command to the end of its first training step."""
    return ratio(value(rows["start-cpu"], "median_ms", case=case), 1000.0)


def minutes_to(accuracy: float, epochs: list[Row]) -> float | None:
    """Training and testing until an epoch first reaches that test accuracy; infinite where none does."""
    seconds = 0.0
    for epoch in epochs:
        seconds += float(epoch["seconds"])
        if float(epoch["test_accuracy"]) >= accuracy:
            return seconds / 60
    return math.inf if epochs else None
