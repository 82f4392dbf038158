"""Firing maps by hand: what is null, noise and normal, and sums that depend on no batch."""

import pytest
import torch
from constants import RMP

from snnexp.backbones.convnet import Convnet
from snnexp.backbones.layers import LayerFactory
from snnexp.metrics.firing_maps import FiringMaps, classify, fractions, mapping
from snnexp.neurons.base import Site
from snnexp.neurons.lif import Lif
from snnexp.surrogates.rectangle import Rectangle

EVENTS = torch.zeros(4, 4)
EVENTS[:2, :2] = 7.0  # pooled to 2x2: 7 in one corner, 0 in the others


def maps(*corners: list[float]) -> torch.Tensor:
    """One step, one channel for each list of four firing rates on the 2x2 grid."""
    return torch.tensor(corners).view(1, -1, 2, 2)


@pytest.mark.parametrize(
    ("corners", "kind"),
    [
        ([0.009, 0.0, 0.0, 0.0], "null"),
        ([0.01, 0.0, 0.0, 0.0], "normal"),
        ([0.0, 0.9, 0.9, 0.9], "noise"),
        ([0.0, 0.6, 0.6, 0.6], "normal"),  # against the events, but its mean 0.45 is not above 0.5
        ([0.9, 0.6, 0.6, 0.6], "normal"),
        ([0.7, 0.7, 0.7, 0.7], "normal"),  # the same everywhere: no correlation
    ],
    ids=str,
)
def test_patterns_by_hand(corners, kind):
    null, noise = classify(maps(corners), EVENTS)
    assert (null.item(), noise.item()) == (kind == "null", kind == "noise")


def test_events_that_are_the_same_everywhere_make_no_noise():
    assert not classify(maps([0.0, 0.9, 0.9, 0.9]), torch.full((34, 34), 3.0))[1].any()


def test_fractions_and_the_share_of_spikes_in_noise():
    found = fractions(maps([0.0, 0.9, 0.9, 0.9], [0.3, 0.0, 0.0, 0.0], [0, 0, 0, 0], [0, 0, 0, 0.0]), EVENTS)
    assert found == pytest.approx(
        {"null_maps": 0.5, "noise_maps": 0.25, "normal_maps": 0.25, "noise_spikes": 2.7 / 3.0}
    )
    silent = fractions(maps([0.0, 0.0, 0.0, 0.0]), EVENTS)
    assert silent["noise_spikes"] == 0


def test_names_each_step_and_channel():
    found = FiringMaps()
    found.inputs, found.events = 1, EVENTS
    found.spikes["a"] = torch.cat(
        [maps([0.0, 0.9, 0.9, 0.9], [0, 0, 0, 0.0]), maps([0.9, 0, 0, 0], [0, 0.9, 0.9, 0.9])]
    )
    assert found.kinds("a") == [["noise", "null"], ["normal", "noise"]]
    found.events = None
    assert found.kinds("a") == [["normal", "null"], ["normal", "normal"]]


def network(T: int) -> Convnet:
    layers = LayerFactory(T, lambda site: Lif(site, Rectangle(width=1.0), **vars(RMP)), size=(12, 10))
    net = Convnet(layers, 2, 3, width=2)
    net.initialize(1)
    return net.eval()


@torch.no_grad()
def test_batches_add_up_to_the_mean_of_each_neuron_and_step():
    net = network(T=3)
    x = torch.randint(0, 9, (3, 7, 2, 12, 10)).float()
    spikes = {}
    hook = net.spike2.neuron.register_forward_hook(lambda _, __, out: spikes.update(out=out))
    net(x)
    hook.remove()
    with mapping(net) as maps:
        assert net.spike1.is_one()  # with its norm, as where nobody looks
        net(x[:, :2])
        net(x[:, 2:])
    assert [*maps.spikes] == ["stem0", "output1", "output2"]
    assert 0 < spikes["out"].mean() < 1
    torch.testing.assert_close(maps.mean("output1"), spikes["out"].mean(1))
    assert maps.events is not None and torch.equal(maps.events, x.sum((0, 1, 2)))
    for found in maps.patterns().values():
        assert sum(found[f"{kind}_maps"] for kind in ("null", "noise", "normal")) == pytest.approx(1)


@torch.no_grad()
def test_images_have_maps_but_no_patterns():
    net = network(T=3)
    with mapping(net) as maps:
        net(torch.randn(4, 2, 12, 10))
    assert maps.inputs == 4 and maps.mean("stem0").shape == (3, 2, 12, 10)
    assert maps.patterns() == {}


def test_leaves_no_hook_behind_even_after_an_error():
    net = network(T=3)
    with pytest.raises(RuntimeError, match="stop"), mapping(net):
        raise RuntimeError("stop")
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in net.modules())


def test_layers_without_space_are_left_out():
    lif = Lif(Site("head", 0, 3, 2, "head"), Rectangle(), **vars(RMP))
    with mapping(torch.nn.Sequential(lif)) as maps:
        lif(torch.randn(2, 4, 3))
    assert maps.spikes == {}
