"""ASA's five-layer networks: the specification's counts, the pooling, the vote."""

import pytest
import torch
from constants import SPIKINGJELLY
from torch import nn

from snnexp.backbones.asa_5layer import Asa5layer
from snnexp.backbones.layers import LayerFactory
from snnexp.errors import UserError
from snnexp.neurons.base import recording
from snnexp.neurons.lif import Lif
from snnexp.neurons.plif import Plif
from snnexp.surrogates.atan import Atan

B = {"width": 128, "multiples": [1, 1, 1, 1, 1], "hidden": 512, "pool": "max"}
C = {"width": 64, "multiples": [1, 2, 2, 2, 2], "hidden": 512, "pool": "avg"}
TINY = B | {"width": 4, "hidden": 8}


def layers(T: int = 2, size: tuple[int, int] = (128, 128), kind=Plif, gate=lambda site: None) -> LayerFactory:
    return LayerFactory(T, lambda site: kind(site, Atan(alpha=2.0), **vars(SPIKINGJELLY)), gate, size=size)


@pytest.mark.parametrize(
    ("size", "classes", "parameters"),
    [((128, 128), 11, 1_698_933), ((130, 173), 10, 1_955_947), ((130, 173), 12, 1_966_207)],
)
def test_parameters_of_the_paper(size, classes, parameters):
    network = Asa5layer(layers(size=size), 2, classes, **B)
    assert sum(p.numel() for p in network.parameters()) == parameters


def test_neurons_of_the_paper():
    made = layers(T=1)
    network = Asa5layer(made, 2, 11, **B)
    with recording() as records, torch.no_grad():
        network(torch.rand(1, 2, 2, 128, 128))
    assert sum(record.neurons for record in records) == 2_794_094
    assert [site.role for site in made.sites] == ["stem", "output", "output", "output", "output", "head", "head"]


@pytest.mark.parametrize(
    ("options", "between", "channels"),
    [(B, nn.MaxPool2d, [128] * 5), (C, nn.AvgPool2d, [64, 128, 128, 128, 128])],
    ids=["max", "avg"],
)
def test_pools_before_all_convolutions_but_the_first_and_takes_the_maximum_at_last(options, between, channels):
    network = Asa5layer(layers(kind=Lif), 2, 11, **options)
    modules = [m for m in network.body.modules() if isinstance(m, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d)]
    assert [type(m) for m in modules] == [nn.Conv2d, *[between, nn.Conv2d] * 4, nn.MaxPool2d]
    assert [m.out_channels for m in modules if isinstance(m, nn.Conv2d)] == channels
    assert all(m.bias is None for m in modules if isinstance(m, nn.Conv2d))


def test_gates_stand_before_the_pooling():
    seen = []

    class Gate(nn.Module):
        def forward(self, x):
            seen.append(x.shape[-1])
            return x

    made = layers(size=(32, 32), gate=lambda site: None if site.role == "head" else Gate())
    Asa5layer(made, 2, 10, **TINY)(torch.rand(2, 3, 2, 32, 32))
    assert seen == [32, 16, 8, 4, 2]


def test_ten_neurons_vote_for_a_class():
    network = Asa5layer(layers(T=4, size=(32, 32)), 2, 5, **TINY)
    last = network.linear[1][0]
    nn.init.zeros_(last.weight)
    with torch.no_grad():
        last.bias.fill_(0)
        last.bias[20:27] = 3  # fires at every step: half of the input is at once above the threshold
    logits = network(torch.rand(4, 2, 2, 32, 32))
    torch.testing.assert_close(logits, torch.tensor([[0, 0, 0.7, 0, 0]] * 2))


def test_reads_images():
    assert Asa5layer(layers(size=(34, 40)), 1, 10, **TINY)(torch.rand(3, 1, 34, 40)).shape == (3, 10)


def test_refuses_an_input_that_is_pooled_to_nothing():
    with pytest.raises(UserError, match="pools by 32; 28 x 28"):
        Asa5layer(layers(size=(28, 28)), 2, 10, **TINY)
