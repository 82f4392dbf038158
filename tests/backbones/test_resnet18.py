"""ResNet-18 for ImageNet as the specification gives it."""

import pytest
import torch
from constants import RMP

from snnexp.backbones.layers import LayerFactory
from snnexp.backbones.resnet18 import Resnet18
from snnexp.neurons.lif import Lif
from snnexp.surrogates.rectangle import Rectangle


def layers(T: int = 2) -> LayerFactory:
    return LayerFactory(T, lambda site: Lif(site, Rectangle(width=1.0), **vars(RMP)))


def test_parameters_and_layers_of_the_paper():
    made = layers()
    network = Resnet18(made, 3, 1000, width=64)
    assert sum(p.numel() for p in network.parameters()) == 11_689_512
    assert len(made.sites) == 17
    assert sum(site.role != "inner" for site in made.sites) == 9


def test_halves_the_image_five_times():
    sizes = []
    network = Resnet18(layers(1), 3, 10, width=4)
    for module in (network.stem[0], network.stem[2], network.blocks):
        module.register_forward_hook(lambda module, args, out: sizes.append(out.shape[-1]))
    network(torch.randn(2, 3, 224, 224))
    assert sizes == [112, 56, 7]


@pytest.mark.parametrize("T", [1, 3])
def test_reads_images_and_events(T):
    images = Resnet18(layers(T), 3, 10, width=4)
    events = Resnet18(layers(T), 2, 10, width=4)
    assert images(torch.randn(2, 3, 64, 64)).shape == (2, 10)
    assert events(torch.randn(T, 2, 2, 64, 64)).shape == (2, 10)
