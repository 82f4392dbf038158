"""The parametric LIF layer learns its leak."""

import pytest
import torch
from constants import SPIKINGJELLY

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.neurons.lif import Lif
from snnexp.neurons.plif import Plif
from snnexp.surrogates.atan import Atan

SITE = Site("inner0", 0, 3, 4, "inner")


def test_starts_as_the_lif_of_its_decay():
    x = 2 * torch.randn(4, 2, 3, 5)
    lif, plif = (kind(SITE, Atan(alpha=2.0), **vars(SPIKINGJELLY) | {"decay": 0.25}) for kind in (Lif, Plif))
    torch.testing.assert_close(plif.leak(), torch.tensor(0.25))
    assert torch.equal(plif(x), lif(x))


def test_the_leak_has_a_gradient():
    torch.manual_seed(0)
    neuron = Plif(SITE, Atan(alpha=2.0), **vars(SPIKINGJELLY))
    neuron(2 * torch.randn(4, 2, 3, 5)).sum().backward()
    assert neuron.w.grad.abs() > 0


def test_spikingjelly_fires_the_same_spikes():
    theirs = pytest.importorskip("spikingjelly.activation_based.neuron").ParametricLIFNode(init_tau=2.0, step_mode="m")
    x = 2 * torch.randn(8, 4, 1000)
    assert torch.equal(Plif(SITE, Atan(alpha=2.0), **vars(SPIKINGJELLY))(x), theirs(x))


@pytest.mark.parametrize("decay", [0.0, 1.0])
def test_refuses_a_leak_that_cannot_be_learned(decay):
    with pytest.raises(UserError, match="plif"):
        Plif(SITE, Atan(alpha=2.0), **vars(SPIKINGJELLY) | {"decay": decay})
