"""The gated LIF neuron is SpikingJelly's, from its published beginning on."""

import pytest
import torch
from torch import nn

from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.neurons.glif import Glif
from snnexp.surrogates.sigmoid import Sigmoid
from snnexp.training.assembly import make as make_training

CONSTANTS = {"decay": 0.25, "linear_decay": None, "v_threshold": 0.5, "v_subtract": 0.5, "conductance": 0.5}
THEIRS = {"decay": "tau", "v_subtract": "v_subreset", "conductance": "conduct"}
T, C = 4, 3


def make(**changes) -> Glif:
    return Glif(Site("inner0", 0, C, T, "inner"), Sigmoid(alpha=4.0), **CONSTANTS | changes)


def node() -> nn.Module:
    return pytest.importorskip("spikingjelly.activation_based.neuron").GatedLIFNode(T, C)


def test_begins_as_published():
    ours, theirs = make(), node()
    for name, value in ours.logits.items():
        published = getattr(theirs, THEIRS.get(name, name))
        if name in ("alpha", "beta", "gamma"):
            assert value.abs().max() <= 0.1 and len(value.unique()) == C
        else:
            torch.testing.assert_close(value, published, atol=1e-6, rtol=0)


@pytest.mark.parametrize("moved", [0.0, 0.5])
def test_is_spikingjelly_s(moved: float):
    torch.manual_seed(0)
    ours, theirs = make().double(), node().double()
    for name, value in ours.logits.items():
        value.data += moved * torch.randn_like(value)
        getattr(theirs, THEIRS.get(name, name)).data.copy_(value.data)
    x, g = (2 * torch.randn(T, 8, C, 5, 5, dtype=torch.float64) for _ in range(2))
    found = []
    for each in (ours, theirs):
        spikes = each(x.requires_grad_())
        assert 0.1 < spikes.mean() < 0.9
        same = [getattr(each, THEIRS.get(name, name)) if each is theirs else ours.logits[name] for name in ours.logits]
        found.append((spikes, *torch.autograd.grad((g * spikes).sum(), (x, *same))))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


def test_the_potential_recorded_is_that_which_the_constant_threshold_is_compared_with():
    neuron = make().double()
    neuron.logits["v_threshold"].data += 1.0
    out = neuron.fire(2 * torch.randn(T, 8, C, 5, 5).double(), T=None, return_v_pre=True)
    assert out.v_pre is not None and torch.equal(out.spikes, (out.v_pre >= 0.5).double())


def test_its_constants_are_not_decayed_as_weights_are():
    composed = compose(["neuron=glif", "backbone.width=2", "T=2", "device=cpu"])
    _, trainer = make_training(composed)
    decayed, kept = ({id(p) for p in group["params"]} for group in trainer.optimizer.param_groups)
    names = {name: id(p) for name, p in trainer.network.named_parameters()}
    assert {name.rpartition(".")[2] for name, key in names.items() if key in decayed} == {"weight"}
    assert {key for name, key in names.items() if "logits" in name} <= kept and len(decayed | kept) == len(names)


def test_serves_a_layer_without_maps():
    assert make()(2 * torch.randn(T, 8, C)).shape == (T, 8, C)


@pytest.mark.parametrize("key", CONSTANTS)
def test_refuses_what_no_sigmoid_gives(key: str):
    with pytest.raises(UserError, match=rf"neuron\.{key}=1\.0: must lie between 0 and 1"):
        make(**{key: 1.0})
