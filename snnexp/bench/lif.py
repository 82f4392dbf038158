"""`snnexp bench lif`: forward and backward of the LIF operator; on CUDA on the layers of two networks."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from snnexp.bench.base import BenchRow, Contender, LifCase, compete
from snnexp.bench.base.networks import distinct

NETWORKS = {"resnet19": 128, "resnet20": 64}  # and their own widths
COPY = Contender("copy", "copy", "torch", memory="kept")
OURS = Contender("snnexp", "ours", "snnexp", memory="kept")
OURS_DEFAULT = replace(OURS, memory="default")  # what the operator alone gains, without what glibc keeps
PAIR = Contender("batch norm, then snnexp", "ours", "snnexp", "pair", memory="kept")
REFERENCE = Contender("reference", "reference", "torch")
COMPILE = Contender("torch.compile of the reference", "reference", "torch", "compile")
SPIKINGJELLY = Contender("SpikingJelly", "spikingjelly", "spikingjelly")
SNNTORCH = Contender("snnTorch", "snntorch_loop", "snntorch")
KEPT = [replace(each, memory="kept") for each in (COMPILE, SPIKINGJELLY, SNNTORCH)]
STEPWISE = Contender("adaptive LIF stated by a step, compiled", "stepwise", "snnexp", memory="kept")
LOOP = Contender("adaptive LIF stated by a step, plain loop", "stepwise", "snnexp", "plain", memory="kept")
ON_CPU = [COPY, OURS, OURS_DEFAULT, REFERENCE, COMPILE, SPIKINGJELLY, SNNTORCH, *KEPT, STEPWISE, LOOP]
EAGER = [
    COPY,
    OURS,
    REFERENCE,
    SPIKINGJELLY,
    Contender("SpikingJelly, bf16 precision", "spikingjelly", "spikingjelly", "precision"),
    Contender("SpikingJelly, float32 state", "spikingjelly", "spikingjelly", "state"),
]
COMPILED = [COMPILE, Contender("SpikingJelly, torch.compile", "spikingjelly", "spikingjelly", "compile")]


def measure(device: str, quick: bool) -> Iterator[BenchRow]:
    """Yield the operator alone, and on CUDA the layer of batch norm and neuron beside the two apart."""
    if not device.startswith("cuda"):
        # other work disturbs a CPU: more rounds
        yield from compete("lif", ON_CPU, [on_cpu(device, quick)], warmups=11, rounds=21, repeats=3)
        return
    often = {"warmups": 11, "rounds": 7, "repeats": 3}
    yield from compete("lif", EAGER + COMPILED, on_cuda(device, quick, (4,)), **often)
    if not quick:  # every case would be compiled again
        yield from compete("lif", EAGER, on_cuda(device, quick, (6, 10)), **often)
    yield from compete("norm_lif", [COPY, OURS, PAIR], with_norm(device, quick), **often)


def on_cpu(device: str, quick: bool) -> LifCase:
    """Return the one size on a CPU: 34 MB a tensor, past what its caches hold."""
    N, features = (2, (4, 8, 8)) if quick else (32, (64, 32, 32))
    return LifCase(name="one layer", device=device, dtype="float32", T=4, N=N, features=features)


def on_cuda(device: str, quick: bool, steps: tuple[int, ...]) -> Iterator[LifCase]:
    """Yield each kind of layer of the networks, with its count, at each T of `steps`."""
    for network, width in NETWORKS.items():
        kinds: Counter[tuple[int, int, int]] = Counter()
        for (features, _), count in distinct(network, width).items():
            kinds[features] += count
        for T in steps:
            for features, count in kinds.items():
                yield layer(network, device, quick, T, features, count)


def with_norm(device: str, quick: bool) -> Iterator[LifCase]:
    """Yield each kind of layer of the networks with its batch norm, and with its residual where it has one."""
    for network, width in NETWORKS.items():
        for (features, residual), count in distinct(network, width).items():
            yield layer(network, device, quick, 4, features, count, norm=True, residual=residual)


def layer(
    network: str, device: str, quick: bool, T: int, features: tuple[int, int, int], count: int, **more: bool
) -> LifCase:
    """Return one kind of layer in bfloat16 at a batch of 128."""
    N = 2 if quick else 128
    return LifCase(name=network, device=device, dtype="bfloat16", T=T, N=N, features=features, count=count, **more)
