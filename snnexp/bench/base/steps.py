"""Steps of whole networks: the sizes that are timed, and who takes part."""

from dataclasses import replace

from snnexp.bench.base.cases import StepCase
from snnexp.bench.base.contest import Contender
from snnexp.bench.base.networks import neurons

OURS = Contender("snnexp", "ours", "snnexp", memory="kept", layout="channels_last")
TWIN = Contender("ReLU twin", "relu", "snnexp", memory="kept", layout="channels_last")
SPIKINGJELLY = Contender("SpikingJelly", "spikingjelly", "spikingjelly")
SPIKINGJELLY_LAST = replace(
    SPIKINGJELLY, name="SpikingJelly, channels_last", variant="channels_last", layout="channels_last"
)


def networks(device: str, quick: bool) -> list[StepCase]:
    """List ResNet-20 at width 16 on a CPU; on CUDA ResNet-19 and ResNet-20 at their own widths, in bfloat16."""
    if device.startswith("cuda"):
        return [case(device, "bfloat16", "resnet19", 128, quick), case(device, "bfloat16", "resnet20", 64, quick)]
    return [case(device, "float32", "resnet20", 16, quick)]


def case(device: str, dtype: str, network: str, width: int, quick: bool) -> StepCase:
    """Make a case of T = 4, at a batch of 128 on CUDA and 64 on a CPU."""
    N = 2 if quick else 128 if device.startswith("cuda") else 64
    width = 2 if quick else width
    sizes = {"network": network, "width": width, "neurons": neurons(network, width)}
    return StepCase(name=network, device=device, dtype=dtype, T=4, N=N, **sizes)
