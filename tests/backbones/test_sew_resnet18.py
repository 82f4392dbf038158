"""SEW-ResNet-18: its counts, its sum of spikes, and norms by the batch."""

from dataclasses import replace

import pytest
import torch
from constants import SPIKINGJELLY

from snnexp.backbones.base.residual import SewBlock
from snnexp.backbones.layers import LayerFactory
from snnexp.backbones.sew_resnet18 import SewResnet18
from snnexp.neurons.lif import Lif
from snnexp.neurons.plif import Plif
from snnexp.norms.layers import BatchNorm
from snnexp.surrogates.atan import Atan
from snnexp.surrogates.sigmoid import Sigmoid

SIGMOID = Sigmoid(alpha=4.0)


def layers(T: int = 2) -> LayerFactory:
    inner = vars(SPIKINGJELLY) | {"decay": 1.0, "decay_input": False}

    def spike(site):
        return Plif(site, Atan(alpha=2.0), **vars(SPIKINGJELLY)) if site.role == "stem" else Lif(site, SIGMOID, **inner)

    return LayerFactory(T, spike)


def test_parameters_and_layers():
    made = layers()
    network = SewResnet18(made, 2, 300, width=64)
    # He's 18 layers with 2 channels in place of 3, 300 classes in place of 1000, a biased stem and its learned leak
    expected = 11_689_512 - 64 * 49 - 513 * (1000 - 300) + 64 + 1
    assert sum(p.numel() for p in network.parameters()) == expected
    roles = [site.role for site in made.sites]
    assert (len(roles), roles.count("stem"), roles.count("inner"), roles.count("output")) == (20, 1, 8, 11)


def test_a_shortcut_of_another_shape_spikes():
    block = SewBlock(layers(), 3, 6, 2)
    shortcut = block.shortcut(torch.randn(2, 4, 3, 7, 7))
    assert shortcut.shape == (2, 4, 6, 4, 4) and set(shortcut.unique().tolist()) <= {0.0, 1.0}


@pytest.mark.parametrize("running", [False, True])
def test_evaluation_depends_on_the_batch_without_running_statistics(running):
    torch.manual_seed(0)
    made = replace(layers(), make_norm=lambda site: BatchNorm(site.channels, running=running))
    network = SewResnet18(made, 2, 10, width=8)
    x = 3 * torch.randn(2, 6, 2, 64, 64) + torch.arange(6).view(6, 1, 1, 1)
    network(x)
    network.eval()
    assert torch.allclose(network(x)[:2], network(x[:, :2]), atol=1e-6) == running
