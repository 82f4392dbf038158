"""The neuron of SLTT is SpikingJelly's, in its spikes and in its gradients; it fuses and exports as LIF does."""

import pytest
import torch
from constants import SPIKINGJELLY

from snnexp.neurons.base import Site
from snnexp.neurons.sltt_lif import SlttLif
from snnexp.surrogates.sigmoid import Sigmoid

SITE = Site("inner0", 0, 6, 5, "inner")


@pytest.mark.parametrize("detach_reset", [False, True])
@pytest.mark.parametrize("v_reset", [0.0, None], ids=["hard", "soft"])
def test_is_spikingjellys(v_reset, detach_reset):
    neuron = pytest.importorskip("spikingjelly.activation_based.neuron")
    torch.manual_seed(0)
    reset = {"reset": "soft" if v_reset is None else "hard", "detach_reset": detach_reset}
    ours = [SlttLif(SITE, Sigmoid(alpha=4.0), **vars(SPIKINGJELLY) | reset) for _ in range(2)]
    theirs = [neuron.SLTTLIFNode(v_reset=v_reset) for _ in range(2)]
    weights = [torch.randn(6, 6, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    x = (3 * torch.rand(5, 4, 6, dtype=torch.float64)).requires_grad_()

    def step(x: torch.Tensor) -> torch.Tensor:
        return theirs[1](theirs[0](x @ weights[0]) @ weights[1])

    out = ours[1](ours[0](x @ weights[0]) @ weights[1])
    expected = torch.stack([step(each) for each in x])
    assert torch.equal(out, expected) and 0.05 < out.mean() < 0.95
    g = torch.randn_like(out)
    for a, b in zip(*(torch.autograd.grad(each, [x, *weights], g) for each in (out, expected)), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-6)


def test_no_gradient_reaches_an_earlier_step():
    x = torch.rand(5, 2, 6, requires_grad=True)
    neuron = SlttLif(SITE, Sigmoid(alpha=4.0), **vars(SPIKINGJELLY))
    assert neuron.is_lif
    (dx,) = torch.autograd.grad(neuron(x)[3].sum(), x)
    assert dx[3].all() and not dx[[0, 1, 2, 4]].any()
