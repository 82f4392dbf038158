"""LayerFactory of RMP neurons, for networks to be built of."""

from collections.abc import Callable

import pytest
import torch
from constants import RMP

from snnexp.backbones.layers import LayerFactory
from snnexp.neurons.base import SpikingLayer
from snnexp.neurons.lif import Lif
from snnexp.norms.base import NormSite
from snnexp.norms.tdbn import Tdbn
from snnexp.surrogates.rectangle import Rectangle


@pytest.fixture
def layers() -> Callable[..., LayerFactory]:
    """`layers(T=2, **fields of LayerFactory)`."""

    def make(T: int = 2, **fields) -> LayerFactory:
        return LayerFactory(T, lambda site: Lif(site, Rectangle(width=1.0), **vars(RMP)), **fields)

    return make


@pytest.fixture
def tdbn() -> Callable[[NormSite], Tdbn]:
    """What makes tdBN of a place."""
    return lambda site: Tdbn(site, momentum=0.1, eps=1e-5, running=True)


@pytest.fixture
def sizes() -> Callable[..., list[int]]:
    """`sizes(network)`: the spiking layers' sizes in pixels on an image of 32, in the order in which they run."""

    def measure(network: torch.nn.Module) -> list[int]:
        found = []
        for module in network.modules():
            if isinstance(module, SpikingLayer):
                module.register_forward_hook(lambda layer, args, spikes: found.append(spikes.shape[-1]))
        network(torch.randn(2, 3, 32, 32))
        return found

    return measure
