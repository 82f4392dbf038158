"""VGG-16 as the specification gives it."""

from dataclasses import replace

import pytest
import torch

from snnexp.backbones.vgg16 import Vgg16
from snnexp.errors import UserError


@pytest.mark.parametrize(("classes", "parameters"), [(10, 14_728_266), (100, 14_774_436)])
def test_parameters_and_layers_of_the_paper(layers, classes, parameters):
    made = layers()
    network = Vgg16(made, 3, classes, width=64)
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert len(made.sites) == 13
    assert sum(site.role != "inner" for site in made.sites) == 13


@pytest.mark.parametrize("T", [1, 3])
def test_reads_images_and_events(layers, T):
    images = Vgg16(layers(T), 3, 10, width=4)
    events = Vgg16(layers(T), 2, 10, width=4)
    assert images(torch.randn(2, 3, 32, 32)).shape == (2, 10)
    assert events(torch.randn(T, 2, 2, 32, 32)).shape == (2, 10)


def test_an_image_that_pooling_leaves_nothing_of_is_refused(layers):
    Vgg16(replace(layers(), size=(32, 40)), 3, 10, width=4)
    with pytest.raises(UserError, match="pools by 32; 40 x 31 is too small"):
        Vgg16(replace(layers(), size=(40, 31)), 3, 10, width=4)


def test_every_norm_stands_as_in_a_stem(layers, tdbn):
    network = Vgg16(layers(make_norm=tdbn), 3, 10, width=4)
    assert [m.scale for m in network.modules() if hasattr(m, "scale")] == [1] * 13


def test_stages_have_the_papers_sizes(layers, sizes):
    assert sizes(Vgg16(layers(), 3, 10, width=4)) == [32] * 2 + [16] * 2 + [8] * 3 + [4] * 3 + [2] * 3
