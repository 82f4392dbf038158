"""`snnexp bench step`: training steps beside the ReLU twin, SpikingJelly's layers, and ours under torch.compile."""

from collections.abc import Iterator
from dataclasses import replace

from snnexp.bench.base import BenchRow, Contender, Contest, StepCase, rows
from snnexp.bench.base.options import keep, parse
from snnexp.bench.base.steps import OURS, SPIKINGJELLY, SPIKINGJELLY_LAST, TWIN, case, networks

COMPILED = replace(OURS, name="snnexp, torch.compile", variant="compile")
PRECISION = replace(SPIKINGJELLY, name="SpikingJelly, bf16 precision", variant="precision")
ON_CPU = [
    OURS,
    replace(OURS, memory="default"),
    replace(OURS, name="snnexp, batch norm apart", variant="pair"),
    TWIN,
    SPIKINGJELLY,
    SPIKINGJELLY_LAST,
    replace(SPIKINGJELLY, memory="kept"),
    replace(SPIKINGJELLY_LAST, memory="kept"),
]
ON_CUDA = [
    OURS,
    COMPILED,
    TWIN,
    SPIKINGJELLY,
    PRECISION,
    replace(
        PRECISION, name=f"{PRECISION.name}, channels_last", variant="precision channels_last", layout="channels_last"
    ),
    replace(SPIKINGJELLY, name="SpikingJelly, torch.compile", variant="compile"),
]


def main(arguments: list[str]) -> int:
    """Measure, print and store the rows."""
    given = parse(arguments)
    return keep(given, "step", measure(given.device, given.quick))


def measure(device: str, quick: bool) -> Iterator[BenchRow]:
    """Yield all contenders on `networks`, and on a CPU ours under torch.compile.

    There it takes minutes to compile ResNet-20: it is given the small convolutional network.
    """
    if device.startswith("cuda"):
        yield from contest(ON_CUDA, networks(device, quick), warmups=11, rounds=7, repeats=3)
    else:
        yield from contest(ON_CPU, networks(device, quick), warmups=3, rounds=11, repeats=2)
        small = case(device, "float32", "convnet", 16, quick)
        yield from contest([OURS, COMPILED], [small], warmups=3, rounds=11, repeats=2)


def contest(
    contenders: list[Contender], cases: list[StepCase], warmups: int, rounds: int, repeats: int
) -> Iterator[BenchRow]:
    """Yield the rows of all cases."""
    with Contest(contenders, warmups, rounds, repeats) as running:
        for each in cases:
            yield from rows("step", each, running.measure(each))
