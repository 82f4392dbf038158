"""The KLIF neuron is SpikingJelly's."""

import pytest
import torch

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.neurons.klif import Klif
from snnexp.surrogates.sigmoid import Sigmoid

CONSTANTS = {"decay": 0.5, "decay_input": True, "v_threshold": 1.0, "scale_reset": False}


def make(**changes) -> Klif:
    return Klif(Site("inner0", 0, 3, 6, "inner"), Sigmoid(alpha=4.0), **CONSTANTS | changes).double()


@pytest.mark.parametrize("decay_input", [True, False])
@pytest.mark.parametrize("scale_reset", [True, False])
@pytest.mark.parametrize("k", [1.0, 1.3])
def test_is_spikingjelly_s(k: float, scale_reset: bool, decay_input: bool):
    torch.manual_seed(0)
    nodes = pytest.importorskip("spikingjelly.activation_based.neuron")
    ours = make(decay=1 - 1 / 1.6, scale_reset=scale_reset, decay_input=decay_input)
    theirs = nodes.KLIFNode(scale_reset, tau=1.6, decay_input=decay_input, step_mode="m").double()
    x, g = (2 * torch.randn(6, 8, 3, 5, dtype=torch.float64) for _ in range(2))
    found = []
    for each in (ours, theirs):
        torch.nn.init.constant_(each.k, k)
        spikes = each(x.requires_grad_())
        assert 0.1 < spikes.mean() < 0.9
        found.append((spikes, *torch.autograd.grad((g * spikes).sum(), (x, each.k))))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


def test_no_potential_lies_below_0():
    out = make().fire(torch.tensor([-2.0, 1.0]).double().view(2, 1, 1), T=None, return_v_pre=True)
    assert out.v_pre is not None and out.v_pre.flatten().tolist() == [0.0, 0.5]


@pytest.mark.parametrize("change", [{"decay": 1.5}, {"v_threshold": -1.0}])
def test_refuses_constants_out_of_range(change):
    ((key, value),) = change.items()
    with pytest.raises(UserError, match=rf"neuron\.{key}={value}"):
        make(**change)
