"""`snnexp bench step`: whole training steps beside the ReLU twin and the same network from SpikingJelly's layers."""

from collections.abc import Iterator
from dataclasses import replace

from snnexp.bench.base import Contender, Contest, Row, Step, rows
from snnexp.bench.base.networks import neurons
from snnexp.bench.base.options import keep, parse

OURS = Contender("snnexp", "ours", "snnexp", memory="kept", layout="channels_last")
TWIN = Contender("ReLU twin", "relu", "snnexp", memory="kept", layout="channels_last")
SPIKINGJELLY = Contender("SpikingJelly", "spikingjelly", "spikingjelly")
PRECISION = replace(SPIKINGJELLY, name="SpikingJelly, bf16 precision", variant="precision")
LAST = {"name": "SpikingJelly, channels_last", "variant": "channels_last", "layout": "channels_last"}
ON_CPU = [
    OURS,
    replace(OURS, memory="default"),
    TWIN,
    SPIKINGJELLY,
    replace(SPIKINGJELLY, **LAST),
    replace(SPIKINGJELLY, memory="kept"),
]
ON_CUDA = [
    OURS,
    TWIN,
    SPIKINGJELLY,
    PRECISION,
    replace(
        PRECISION, name=f"{PRECISION.name}, channels_last", variant="precision channels_last", layout="channels_last"
    ),
    replace(SPIKINGJELLY, name="SpikingJelly, torch.compile", variant="compile"),
]


def main(arguments: list[str]) -> int:
    """Measure, print and keep the rows."""
    given = parse(arguments)
    return keep(given, "step", measure(given.device, given.quick))


def measure(device: str, quick: bool) -> Iterator[Row]:
    """ResNet-20 at width 16 on a CPU; on CUDA ResNet-19 and ResNet-20 at their own widths, in bfloat16."""
    if device.startswith("cuda"):
        networks = [case(device, "bfloat16", "resnet19", 128, quick), case(device, "bfloat16", "resnet20", 64, quick)]
        contest = Contest(ON_CUDA, warmups=11, rounds=7, repeats=3)
    else:
        networks = [case(device, "float32", "resnet20", 16, quick)]
        contest = Contest(ON_CPU, warmups=3, rounds=11, repeats=2)
    with contest:
        for each in networks:
            yield from rows("step", each, contest.measure(each))


def case(device: str, dtype: str, network: str, width: int, quick: bool) -> Step:
    """T = 4, at a batch of 128 on CUDA and 64 on a CPU."""
    N = 2 if quick else 128 if device.startswith("cuda") else 64
    width = 2 if quick else width
    sizes = {"network": network, "width": width, "neurons": neurons(network, width)}
    return Step(name=network, device=device, dtype=dtype, T=4, N=N, **sizes)
