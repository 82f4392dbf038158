"""`snnexp bench scaling`: time and memory of a training step against T, N and width."""

from collections.abc import Iterator
from dataclasses import replace

from snnexp.bench.base import BenchRow, StepCase, compete
from snnexp.bench.base.networks import neurons
from snnexp.bench.base.steps import OURS

NETWORK = "resnet20"
SWEEPS = {"T": (1, 2, 4, 8, 16, 32, 64), "N": (4, 16, 64, 128), "width": (8, 16, 32, 64)}


def measure(device: str, quick: bool) -> Iterator[BenchRow]:
    """Yield each sweep from one base, every case in a process of its own, so that none finds another's memory."""
    base = StepCase(name="", device=device, dtype="float32", network=NETWORK, width=16, T=4, N=16)
    warmups, repeats = 2, 5
    if device.startswith("cuda"):
        base, warmups, repeats = replace(base, dtype="bfloat16", width=64, N=64), 11, 20
    for sweep, values in SWEEPS.items():
        for value in values[:2] if quick else values:
            case = replace(base, name=sweep, **{sweep: value})
            case = replace(case, neurons=neurons(NETWORK, case.width))
            yield from compete("scaling", [OURS], [case], warmups, rounds=1, repeats=2 if quick else repeats)
