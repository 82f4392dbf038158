"""ResNet-19 as the specification gives it."""

import pytest
import torch

from snnexp.backbones.resnet19 import Resnet19


@pytest.mark.parametrize(("classes", "parameters"), [(10, 12_569_226), (100, 12_615_396)])
def test_parameters_and_layers_of_the_paper(layers, classes, parameters):
    made = layers()
    network = Resnet19(made, 3, classes, width=128)
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert len(made.sites) == 17
    assert sum(site.role != "inner" for site in made.sites) == 9


@pytest.mark.parametrize("T", [1, 3])
def test_reads_images_and_events(layers, T):
    images = Resnet19(layers(T), 3, 10, width=4)
    events = Resnet19(layers(T), 2, 10, width=4)
    assert images(torch.randn(2, 3, 16, 16)).shape == (2, 10)
    assert events(torch.randn(T, 2, 2, 16, 16)).shape == (2, 10)


def test_stages_have_the_papers_sizes(layers, sizes):
    assert sizes(Resnet19(layers(), 3, 10, width=4)) == [32] * 7 + [16] * 6 + [8] * 4
