"""The fractional-order LIF neuron by hand, and at order 1 as LIF; its impedance: tests/test_impedance.py."""

from dataclasses import replace

import pytest
import torch
from constants import SPIKINGJELLY
from torch import Tensor

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.neurons.fractional_lif import FractionalLif
from snnexp.ops.lif import reference
from snnexp.surrogates.atan import Atan

ATAN = Atan(alpha=2.0)
LIF = replace(SPIKINGJELLY, reset="soft")
CONSTANTS = {"order": 0.5, "tau": 2.0, "v_threshold": 1.0, "memory": None, "detach_reset": False}


def make(T: int = 8, **changes) -> FractionalLif:
    return FractionalLif(Site("inner0", 0, 3, T, "inner"), ATAN, **CONSTANTS | changes)


def spikes_and_v_pre(neuron: FractionalLif, x: Tensor) -> tuple[Tensor, Tensor]:
    out = neuron.fire(x, T=None, return_v_pre=True)
    assert out.v_pre is not None
    return out.spikes, out.v_pre


def test_values_by_hand():
    # c = 1, -1/2, -1/8, -1/16: v_pre = 2, 2/2 + 0 v, 1 + 0 v[2] + v[1]/8, 1 + 0 v[3] + v[2]/8 + v[1]/16
    spikes, v_pre = spikes_and_v_pre(make(), torch.tensor([4.0, 2.0, 2.0, 2.0]).view(4, 1, 1))
    assert spikes.flatten().tolist() == [1, 1, 1, 1]
    assert v_pre.flatten().tolist() == [2.0, 1.0, 1.125, 1.0625]


def test_a_memory_of_two_steps_forgets_the_third():
    x = torch.tensor([4.0, 0.0, 0.0, 0.0]).view(4, 1, 1)
    whole, short = (spikes_and_v_pre(make(v_threshold=9.0, memory=memory), x)[1] for memory in (None, 2))
    assert whole.flatten().tolist() == [2.0, 0.0, 0.25, 0.125]
    assert short.flatten().tolist() == [2.0, 0.0, 0.25, 0.0]


@pytest.mark.parametrize("detach_reset", [False, True])
@pytest.mark.parametrize(("tau", "tolerance"), [(2.0, 0.0), (3.7, 1e-12), (1.0, 1e-12)])
def test_order_1_is_lif(tau: float, tolerance: float, detach_reset: bool):
    torch.manual_seed(0)
    x = (3 * torch.randn(8, 4, 3, 50, dtype=torch.float64)).requires_grad_()
    ours = spikes_and_v_pre(make(order=1.0, tau=tau, detach_reset=detach_reset), x)
    constants = replace(LIF, decay=1 - 1 / tau, detach_reset=detach_reset)
    lif = reference.lif(x, constants, ATAN, return_v_pre=True)
    assert lif.v_pre is not None and torch.equal(ours[0], lif.spikes) and 0.1 < lif.firing_rate < 0.9
    both = ours, (lif.spikes, lif.v_pre)
    found = [(v_pre, *torch.autograd.grad(s.square().sum() + v_pre.sum(), x)) for s, v_pre in both]
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=tolerance, rtol=0)


def test_order_1_is_lif_bit_for_bit_in_float32():
    x = 3 * torch.randn(8, 4, 3, 50)
    lif = reference.lif(x, replace(LIF, detach_reset=True), ATAN, return_v_pre=True)
    spikes, v_pre = spikes_and_v_pre(make(order=1.0), x)
    assert lif.v_pre is not None and torch.equal(spikes, lif.spikes) and torch.equal(v_pre, lif.v_pre)


def test_bfloat16_currents_keep_a_potential_in_float32():
    x = torch.randn(8, 2, 3, dtype=torch.bfloat16)
    with torch.autocast("cpu", torch.bfloat16):
        spikes, v_pre = spikes_and_v_pre(make(), x)
    assert spikes.dtype == torch.bfloat16 and torch.equal(v_pre, spikes_and_v_pre(make(), x.float())[1])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"order": 0.0}, r"neuron\.order=0\.0"),
        ({"order": 1.1}, r"neuron\.order=1\.1"),
        ({"tau": 0.7}, r"neuron\.tau=0\.7: must be at least 0\.707"),
        ({"memory": 0}, r"neuron\.memory=0"),
        ({"v_threshold": 0.0}, r"neuron\.v_threshold=0\.0"),
    ],
)
def test_refuses_constants_out_of_range(change, words):
    with pytest.raises(UserError, match=words):
        make(**change)
