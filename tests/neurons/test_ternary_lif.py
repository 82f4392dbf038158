"""Ternary spikes: as SpikingJelly's, counted whatever their sign, and refused where a method stands for 0 and 1."""

import pytest
import torch
from torch import nn

from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.metrics.firing_maps import FiringMaps
from snnexp.metrics.synaptic_operations import counting
from snnexp.neurons.base import Site
from snnexp.neurons.ternary_lif import TernaryLif
from snnexp.ops.lif import measuring
from snnexp.surrogates.rectangle import Rectangle
from snnexp.surrogates.sigmoid import Sigmoid
from snnexp.training.assembly import make as make_training

T = 4


def make(**changes) -> TernaryLif:
    constants = {"decay": 0.25, "v_threshold": 0.5} | changes
    return TernaryLif(Site("inner0", 0, 3, T, "inner"), Sigmoid(alpha=4.0), **constants)


def test_is_spikingjelly_s():
    torch.manual_seed(0)
    nodes = pytest.importorskip("spikingjelly.activation_based.neuron")
    theirs = nodes.TernaryLIFNode(4 / 3, decay_input=False, v_threshold=0.5, step_mode="m")
    x, g = (torch.randn(T, 8, 3, 5, dtype=torch.float64) for _ in range(2))
    found = []
    for each in (make(), theirs):
        spikes = each(x.requires_grad_())
        assert sorted(spikes.unique().tolist()) == [-1, 0, 1]
        found.append((spikes, *torch.autograd.grad((g * spikes).sum(), x)))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


def test_statistics_by_hand():
    # v_pre -1 fires -1; 0.25 does not; 0.0625 + 0.5 does
    out = make().fire(torch.tensor([-1.0, 0.25, 0.5]).view(3, 1, 1), T=None, return_v_pre=True)
    assert out.spikes.flatten().tolist() == [-1, 0, 1]
    torch.testing.assert_close(out.firing_rate.item(), 2 / 3)
    torch.testing.assert_close(out.quantization_error.item(), (0 + 0.25**2 + (0.5625 - 1) ** 2) / 3)


def test_both_thresholds_have_a_window():
    neuron = TernaryLif(Site("a", 0, 5, 1, "inner"), Rectangle(width=0.5), decay=0.25, v_threshold=0.5)
    with torch.no_grad(), measuring():
        out = neuron.fire(torch.tensor([-1.0, -0.3, 0.0, 0.7, 0.8]).view(1, 1, 5), T=None, return_v_pre=False)
    torch.testing.assert_close(out.potential[2].item(), 2 / 5)


def test_products_with_minus_1_are_accumulations_and_firing_maps_count_them():
    network = nn.Sequential(nn.Linear(5, 5), make(v_threshold=0.01), nn.Linear(5, 2))
    with torch.no_grad(), counting(network) as operations:
        network(torch.randn(T, 8, 3, 5))
    first, second = operations.compute()["layers"]
    assert first["Effective_ACs"] == second["Effective_MACs"] == 0 and second["Effective_ACs"] > 0
    maps = FiringMaps()
    maps.add_input(torch.zeros(1, 2, 1, 1))
    maps.add("inner0", torch.tensor([-1.0, 1.0]).view(1, 1, 1, 1, 2))
    assert maps.mean("inner0").flatten().tolist() == [1, 1]


@pytest.mark.parametrize("name", ["rmp", "rate", "im_loss", "mpd_loss", "mpr"])
def test_methods_of_binary_spikes_refuse_it(name: str):
    composed = compose(["neuron=ternary_lif", f"regularizer=[{name}]", "backbone.width=2", "T=1", "device=cpu"])
    with pytest.raises(UserError, match="neuron TernaryLif: "):
        make_training(composed)


@pytest.mark.parametrize("change", [{"decay": 1.5}, {"v_threshold": 0.0}])
def test_refuses_constants_out_of_range(change):
    ((key, value),) = change.items()
    with pytest.raises(UserError, match=rf"neuron\.{key}={value}"):
        make(**change)
