"""Initial weights are a function of seed and name; logits are a mean over time."""

import pytest
import torch
from torch import nn

from snnexp.backbones.convnet import Convnet


def test_weights_depend_on_seed_and_name_alone(layers):
    torch.manual_seed(1)
    plain = Convnet(layers(size=(8, 8)), 1, 10, width=4)
    torch.manual_seed(2)
    gates = layers(size=(8, 8), gate=lambda site: nn.Conv2d(1, 1, 3))
    gated = Convnet(gates, 1, 10, width=4)
    state = torch.get_rng_state()
    plain.initialize(7)
    gated.initialize(7)
    assert torch.equal(torch.get_rng_state(), state)
    kept = gated.state_dict()
    assert all(torch.equal(value, kept[name]) for name, value in plain.state_dict().items())
    plain.initialize(8)
    assert not torch.equal(plain.head.weight, kept["head.weight"])


@pytest.mark.parametrize("T", [1, 3])
def test_logits_are_the_mean_over_time_of_the_linear_layers_output(layers, T):
    network = Convnet(layers(T, size=(8, 8)), 2, 10, width=4)
    x = torch.randn(T, 5, 2, 8, 8)
    torch.testing.assert_close(network(x), torch.stack([network.head(f) for f in network.features(x)]).mean(0))
