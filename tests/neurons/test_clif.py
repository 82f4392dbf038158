"""The complementary LIF neuron by hand, and as SpikingJelly's."""

import math

import pytest
import torch

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.neurons.clif import Clif
from snnexp.surrogates.rectangle import Rectangle

CONSTANTS = {"decay": 0.5, "v_threshold": 1.0}


def make(**changes) -> Clif:
    return Clif(Site("inner0", 0, 3, 6, "inner"), Rectangle(width=1.0), **CONSTANTS | changes)


def test_first_steps_by_hand():
    # v_pre 1 fires; m = 1; v = 1 - (1 + sigmoid(1)); v_pre = v/2 + 1 does not fire
    out = make().fire(torch.ones(2, 1, 1, dtype=torch.float64), T=None, return_v_pre=True)
    assert out.spikes.flatten().tolist() == [1, 0] and out.v_pre is not None
    torch.testing.assert_close(out.v_pre.flatten().tolist(), [1.0, 1 - 0.5 / (1 + math.exp(-1))])


def test_is_spikingjelly_s_as_published():
    torch.manual_seed(0)
    nodes = pytest.importorskip("spikingjelly.activation_based.neuron")
    x, g = (2 * torch.randn(6, 8, 3, 5, dtype=torch.float64) for _ in range(2))
    found = []
    for each in (make(), nodes.ComplementaryLIFNode(step_mode="m")):
        spikes = each(x.requires_grad_())
        assert 0.1 < spikes.mean() < 0.9
        found.append((spikes, *torch.autograd.grad((g * spikes).sum(), x)))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


@pytest.mark.parametrize("change", [{"decay": -0.1}, {"v_threshold": 0.0}])
def test_refuses_constants_out_of_range(change):
    ((key, value),) = change.items()
    with pytest.raises(UserError, match=rf"neuron\.{key}={value}"):
        make(**change)
