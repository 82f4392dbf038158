"""The adaptive LIF neuron by hand, and without adaptation as LIF."""

from dataclasses import replace

import pytest
import torch
from constants import RMP

from snnexp.errors import UserError
from snnexp.neurons.alif import Alif
from snnexp.neurons.base import Site
from snnexp.ops.lif import reference
from snnexp.surrogates.atan import Atan

ATAN = Atan(alpha=2.0)
CONSTANTS = {"decay": 0.5, "v_threshold": 1.0, "beta": 0.5, "rho": 0.5}


def make(**changes) -> Alif:
    return Alif(Site("inner0", 0, 1, 4, "inner"), ATAN, **CONSTANTS | changes)


def test_trace_by_hand():
    # v_pre 1.2 > 1 fires: v 0.2, a 1; 1.3 > 1.5 does not: a 0.5; 1.85 > 1.25 fires
    out = make().fire(torch.full((3, 1, 1), 1.2, dtype=torch.float64), T=None, return_v_pre=True)
    assert out.spikes.flatten().tolist() == [1, 0, 1]
    assert out.v_pre is not None  # less what the threshold rose by
    torch.testing.assert_close(out.v_pre.flatten().tolist(), [1.2, 0.8, 1.6])


def test_without_adaptation_it_is_lif():
    x = (2 * torch.randn(4, 8, 3, dtype=torch.float64)).requires_grad_()
    lif = replace(RMP, decay=0.5, v_threshold=1.0, reset="soft")
    ours = make(beta=0.0).fire(x, T=None, return_v_pre=False)
    theirs = reference.lif(x, lif, ATAN)
    assert torch.equal(ours.spikes, theirs.spikes)
    slopes = [torch.autograd.grad(out.spikes.square().sum() + out.quantization_error, x)[0] for out in (ours, theirs)]
    torch.testing.assert_close(*slopes)


@pytest.mark.parametrize("change", [{"beta": -0.1}, {"rho": 1.0}, {"rho": -0.1}, {"decay": 1.5}, {"v_threshold": 0.0}])
def test_refuses_constants_out_of_range(change):
    ((key, value),) = change.items()
    with pytest.raises(UserError, match=rf"neuron\.{key}={value}"):
        make(**change)
