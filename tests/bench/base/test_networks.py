"""Layers of the networks that are timed."""

from snnexp.bench.base.networks import distinct, layers, neurons


def test_layers_of_resnet20():
    found = layers("resnet20", 4)
    assert len(found) == 19 and found[0] == ((4, 32, 32), False)
    assert sum(residual for _, residual in found) == 8
    assert neurons("resnet20", 4) == sum(C * H * W for (C, H, W), _ in found) == 4 * 4992


def test_kinds_of_layers_of_resnet19_with_their_counts():
    assert distinct("resnet19", 8) == {
        ((8, 32, 32), False): 4,
        ((8, 32, 32), True): 3,
        ((16, 16, 16), False): 3,
        ((16, 16, 16), True): 3,
        ((32, 8, 8), False): 2,
        ((32, 8, 8), True): 2,
    }
