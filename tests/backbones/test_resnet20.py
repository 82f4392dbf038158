"""ResNet-20 as the specification gives it."""

import pytest
import torch

from snnexp.backbones.resnet20 import Resnet20


@pytest.mark.parametrize(("classes", "parameters"), [(10, 11_247_946), (100, 11_294_116)])
def test_parameters_and_layers_of_the_paper(layers, classes, parameters):
    made = layers()
    network = Resnet20(made, 3, classes, width=64)
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert len(made.sites) == 19
    assert sum(site.role != "inner" for site in made.sites) == 11


@pytest.mark.parametrize("T", [1, 3])
def test_reads_images_and_events(layers, T):
    images = Resnet20(layers(T), 3, 10, width=4)
    events = Resnet20(layers(T), 2, 10, width=4)
    assert images(torch.randn(2, 3, 32, 32)).shape == (2, 10)
    assert events(torch.randn(T, 2, 2, 32, 32)).shape == (2, 10)


def test_tdbn_scales_the_blocks_and_spares_the_stem(layers, tdbn):
    network = Resnet20(layers(make_norm=tdbn), 3, 10, width=4)
    scales = [module.scale for module in network.modules() if hasattr(module, "scale")]
    identity, down = [0.5, 0.5], [0.5, 0.5 * 0.5**0.5, 0.5 * 0.5**0.5]
    assert scales == pytest.approx([1, 1, 1] + 2 * identity + 3 * (down + identity))


def test_the_stem_is_computed_once_for_an_image(layers):
    torch.manual_seed(0)
    shapes = []
    network = Resnet20(layers(3), 3, 10, width=4)
    network.stem[0].register_forward_hook(lambda module, args, out: shapes.append(out.shape))
    image = torch.randn(2, 3, 32, 32)
    once = network(image)
    repeated = Resnet20(layers(3), 3, 10, width=4)
    repeated.load_state_dict(network.state_dict())
    torch.testing.assert_close(network.eval()(image), repeated.eval()(image.expand(3, *image.shape)))
    assert shapes[0][0] == 1 and once.shape == (2, 10)


def test_stages_have_the_papers_sizes(layers, sizes):
    assert sizes(Resnet20(layers(), 3, 10, width=4)) == [32] * 3 + [16] * 4 + [8] * 4 + [4] * 4 + [2] * 4
