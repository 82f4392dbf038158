"""The networks whose layers and steps are timed."""

from collections import Counter

import torch
from torch import nn

from snnexp.bench.base.cases import StepCase
from snnexp.bench.base.inputs import ALPHA
from snnexp.config.compose import Composed, compose
from snnexp.neurons.base import recording
from snnexp.training import assembly

Features = tuple[int, int, int]


def compose_step(case: StepCase) -> Composed:
    """Compose the experiment whose steps are timed: RMP's baseline with a surrogate that all contenders have."""
    return compose(
        [
            "exp=rmp_vanilla_cifar10",
            f"backbone={case.network}",
            f"backbone.width={case.width}",
            "surrogate=atan",
            f"surrogate.alpha={ALPHA}",
            f"T={case.T}",
            f"device={case.device}",
            f"trainer.batch_size={case.N}",
            f"trainer.amp={str(case.dtype == 'bfloat16').lower()}",
            "trainer.deterministic=false",
        ]
    )


def network_of(composed: Composed) -> nn.Module:
    """Make an experiment's network with its regularizers' gates and rectifiers, without loading data."""
    regularizers = assembly.make_regularizers(composed)
    return assembly.make_network(composed, assembly.part(composed, "dataset"), regularizers)


def layers(network: str, width: int, size: int = 32) -> list[tuple[Features, bool]]:
    """List each spiking layer's (C, H, W) in forward order, and whether a residual is added before it."""
    case = StepCase(name=network, device="cpu", dtype="float32", T=1, N=1, network=network, width=width, size=size)
    with torch.no_grad(), recording(frozenset({"x"})) as records:
        network_of(compose_step(case)).eval()(torch.zeros(case.shape))
    found = []
    for record in records:
        assert record.x is not None
        _, _, *features = record.x.shape
        found.append(((*features,), record.site.role == "output"))
    return found


def distinct(network: str, width: int) -> Counter[tuple[Features, bool]]:
    """Return how often each kind of spiking layer occurs."""
    return Counter(layers(network, width))


def neurons(network: str, width: int, size: int = 32) -> int:
    """Count a network's spiking neurons for an image."""
    return sum(C * H * W for (C, H, W), _ in layers(network, width, size))
