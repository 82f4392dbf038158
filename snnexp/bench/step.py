"""`snnexp bench step`: training steps beside the ReLU twin, SpikingJelly's layers, and ours under torch.compile."""

from collections.abc import Iterator
from dataclasses import replace

from snnexp.bench.base import BenchRow, compete
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


def measure(device: str, quick: bool) -> Iterator[BenchRow]:
    """Yield all contenders on `networks`, and on a CPU ours under torch.compile.

    There it takes minutes to compile ResNet-20: it is given the small convolutional network.
    """
    if device.startswith("cuda"):
        yield from compete("step", ON_CUDA, networks(device, quick), warmups=11, rounds=7, repeats=3)
    else:
        yield from compete("step", ON_CPU, networks(device, quick), warmups=3, rounds=11, repeats=2)
        small = case(device, "float32", "convnet", 16, quick)
        yield from compete("step", [OURS, COMPILED], [small], warmups=3, rounds=11, repeats=2)
