"""The neuron of LTMD begins as LIF, and its threshold is learned."""

import math
from dataclasses import replace

import pytest
import torch
from constants import RMP

from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.neurons.ltmd_lif import LtmdLif
from snnexp.ops.lif import reference
from snnexp.surrogates.rectangle import Rectangle


def make(**changes) -> LtmdLif:
    constants = {"decay": 0.25, "v_threshold": 0.5} | changes
    return LtmdLif(Site("inner0", 0, 3, 6, "inner"), Rectangle(), **constants).double()


@pytest.mark.parametrize("threshold", [0.5, 0.3])
def test_is_lif_of_the_threshold_that_it_has_learned(threshold: float):
    torch.manual_seed(0)
    neuron, x = make(), torch.randn(6, 8, 3, 5, dtype=torch.float64)
    neuron.w.data.fill_(math.atanh(threshold))
    x.requires_grad_()
    theirs = reference.lif(x, replace(RMP, v_threshold=threshold), Rectangle())
    found = [(s, *torch.autograd.grad(s.square().sum(), x)) for s in (neuron(x), theirs.spikes)]
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


def test_gradient_of_the_threshold_by_hand():
    neuron = make()
    neuron.fire(torch.tensor([0.7]).double().view(1, 1, 1), T=None, return_v_pre=False).spikes.sum().backward()
    # ds/dtheta = -1 within the rectangle, dtheta/dw = 1 - theta^2
    assert neuron.w.grad is not None
    torch.testing.assert_close(neuron.w.grad.item(), -(1 - 0.5**2))


def test_begins_as_published():
    constants = compose(["neuron=ltmd_lif"]).config["neuron"]
    del constants["_target_"]
    torch.testing.assert_close(make(**constants).w.item(), 0.5, atol=1e-6, rtol=0)


@pytest.mark.parametrize("change", [{"decay": 1.5}, {"v_threshold": 1.0}, {"v_threshold": 0.0}])
def test_refuses_constants_out_of_range(change):
    ((key, value),) = change.items()
    with pytest.raises(UserError, match=rf"neuron\.{key}={value}"):
        make(**change)
