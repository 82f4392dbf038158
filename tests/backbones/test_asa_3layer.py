"""ASA's three-layer networks: the specification's counts, the order within a layer, and which steps share a mask."""

import pytest
import torch
from torch import nn

from snnexp.backbones.asa_3layer import Asa3layer, SharedDropout
from snnexp.backbones.layers import LayerFactory
from snnexp.errors import UserError
from snnexp.metrics.epoch import EpochMetrics
from snnexp.neurons.base import recording
from snnexp.neurons.lif import Lif
from snnexp.surrogates.rectangle import Rectangle

CONSTANTS = {
    "decay": 0.3, "decay_input": False, "v_threshold": 0.3, "strict": False, "reset": "hard", "v_reset": 0.0,
    "v_subtract": 1.0, "detach_reset": False,
}  # fmt: skip
A = {"width": 64, "multiples": [1, 2, 2], "hidden": 256, "dropout": [0.0, 0.0, 0.1, 0.1, 0.1]}
D = {"width": 32, "multiples": [1, 1, 1], "hidden": 256, "dropout": [0.0, 0.0, 0.5, 0.5, 0.5]}
TINY = A | {"width": 4, "hidden": 8}


def layers(T: int = 2, size: tuple[int, int] = (32, 32), gate=lambda site: None) -> LayerFactory:
    return LayerFactory(T, lambda site: Lif(site, Rectangle(width=0.5), **CONSTANTS), gate, size=size)


def test_the_firing_rate_of_a_network_that_only_spikes_is_one():
    network, metrics = Asa3layer(layers(), 2, 10, **TINY).eval(), EpochMetrics()
    for name, parameter in network.named_parameters():
        nn.init.constant_(parameter, 10.0 if name.endswith("bias") else 0.0)
    with recording() as records:
        logits = network(torch.rand(2, 3, 2, 32, 32))
    metrics.update(logits, torch.zeros(3, dtype=torch.int64), logits.mean(), records)
    assert metrics.compute()["firing_rate"] == 1


@pytest.mark.parametrize(
    ("options", "classes", "parameters", "neurons"),
    [(A, 11, 2_323_531, 106_763), (A, 20, 2_325_844, 106_772), (D, 20, 548_980, 43_284)],
)
def test_parameters_and_neurons_of_the_paper(options, classes, parameters, neurons):
    made = layers(T=1)
    network = Asa3layer(made, 2, classes, **options)
    assert sum(p.numel() for p in network.parameters()) == parameters
    with recording() as records:
        network(torch.rand(1, 2, 2, 32, 32))
    assert sum(record.neurons for record in records) == neurons
    assert [site.role for site in made.sites] == ["stem", "output", "output", "head", "head"]


def test_gates_stand_behind_the_pooling():
    seen = []

    class Gate(nn.Module):
        def forward(self, x):
            seen.append(tuple(x.shape))
            return x

    network = Asa3layer(layers(gate=lambda site: None if site.role == "head" else Gate()), 2, 10, **TINY)
    network(torch.rand(2, 3, 2, 32, 32))
    assert seen == [(2, 3, 4, 32, 32), (2, 3, 8, 16, 16), (2, 3, 8, 8, 8)]


def test_each_layer_drops_before_itself_and_behind_its_neuron():
    network = Asa3layer(layers(), 2, 10, **TINY | {"dropout": [0.1, 0.2, 0.3, 0.4, 0.5]})
    every = [*network.body, *network.linear]
    assert [(type(layer[0]), layer[0].p) for layer in every] == [(nn.Dropout, p / 10) for p in range(1, 6)]
    assert [(type(layer[-1]), layer[-1].p) for layer in every] == [(SharedDropout, p / 10) for p in range(1, 6)]


def test_a_shared_mask_is_the_same_at_every_step_and_only_in_training():
    torch.manual_seed(0)
    dropout, x = SharedDropout(0.25), torch.ones(5, 4, 1000)
    y = dropout(x)
    assert torch.equal(y, y[:1].expand_as(y)) and not torch.equal(y[:, 0], y[:, 1])
    assert y.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (y[0] == 0).float().mean().item() == pytest.approx(0.25, abs=0.03)
    assert dropout.eval()(x) is x


def test_before_the_first_layer_an_image_has_another_mask_at_every_step():
    torch.manual_seed(0)
    network, seen = Asa3layer(layers(T=3), 1, 10, **TINY | {"dropout": [0.5] * 5}), []
    network.body[0][0].register_forward_hook(lambda module, args, out: seen.append(out))
    network(torch.ones(2, 1, 32, 32))
    assert seen[0].shape == (3, 2, 1, 32, 32) and not torch.equal(seen[0][0], seen[0][1])


def test_logits_are_the_rates_of_the_output_neurons():
    network = Asa3layer(layers(T=4), 2, 10, **TINY).eval()
    last = network.linear[1][1][0]
    nn.init.zeros_(last.weight)
    with torch.no_grad():
        last.bias.copy_(torch.where(torch.arange(10) == 3, 0.3, 0.2))
    # 0.2, 0.26, 0.278, 0.2834 stay below the threshold of 0.3, and 0.3 reaches it at every step
    assert torch.equal(network(torch.rand(4, 2, 2, 32, 32)), nn.functional.one_hot(torch.tensor([3, 3]), 10).float())


def test_weights_are_drawn_as_torch_draws_them():
    network = Asa3layer(layers(), 2, 10, **A)
    network.initialize(1)
    conv, bound = network.body[1][1].module, (9 * 64) ** -0.5
    assert conv.bias is not None and bound * 0.99 < conv.weight.abs().max().item() <= bound


def test_reads_other_sizes():
    assert Asa3layer(layers(size=(34, 40)), 2, 10, **TINY)(torch.rand(2, 3, 2, 34, 40)).shape == (3, 10)


@pytest.mark.parametrize("dropout", [[0.1] * 4, [0.1, 0.1, 0.1, 0.1, 1.0]], ids=str)
def test_refuses_other_than_a_probability_a_layer(dropout):
    with pytest.raises(UserError, match=r"backbone\.dropout="):
        Asa3layer(layers(), 2, 10, **A | {"dropout": dropout})
