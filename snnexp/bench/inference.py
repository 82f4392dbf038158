"""`snnexp bench inference`: the evaluation of whole networks beside the ReLU twin and SpikingJelly's layers."""

from collections.abc import Iterator
from dataclasses import replace

from snnexp.bench.base import BenchRow, Inference, compete
from snnexp.bench.base.steps import OURS, SPIKINGJELLY, SPIKINGJELLY_LAST, TWIN, networks

PAIR = replace(OURS, name="snnexp, batch norm apart", variant="pair")
UNMEASURED = replace(OURS, name="snnexp, potentials not measured", variant="unmeasured")
KEPT = [replace(each, memory="kept") for each in (SPIKINGJELLY, SPIKINGJELLY_LAST)]
CONTENDERS = [OURS, PAIR, UNMEASURED, TWIN, SPIKINGJELLY, SPIKINGJELLY_LAST]


def measure(device: str, quick: bool) -> Iterator[BenchRow]:
    """Yield the networks of `snnexp bench step`, forward alone."""
    on_cuda = device.startswith("cuda")
    contenders = CONTENDERS if on_cuda else CONTENDERS + KEPT
    cases = [Inference(**vars(step)) for step in networks(device, quick)]
    yield from compete("inference", contenders, cases, warmups=11 if on_cuda else 3, rounds=7, repeats=2)
