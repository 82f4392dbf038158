"""MA-SNN's gates are SpikingJelly's, alone and one behind the other."""

import pytest
import torch
from torch import Tensor

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.regularizers.ma_snn import MaSnn

T, C = 6, 8
SITE = Site("stem0", 0, C, T, "stem")
PUBLISHED = {"TA": ["time"], "CA": ["channel"], "SA": ["space"], "CSA": ["channel", "space"]}
PUBLISHED |= {"TCSA": ["time", "channel", "space"]}


def make(axes: list[str], **changes):
    return MaSnn(**{"axes": axes, "reduction_t": 2, "reduction_c": 4, "sites": ["stem"]} | changes).make_gate(SITE)


@pytest.mark.parametrize("axes", PUBLISHED.values(), ids=PUBLISHED)
def test_is_spikingjelly_s(axes: list[str]):
    layers = pytest.importorskip("spikingjelly.activation_based.layer")
    torch.manual_seed(0)
    uses = {
        f"use_{word}": axis in axes
        for word, axis in zip(("temporal", "channel", "spatial"), PUBLISHED["TCSA"], strict=True)
    }
    theirs = layers.MultiDimensionalAttention(T, C, 2, 4, **uses).double()
    ours = make(axes).double()
    pairs = list(zip(ours.parameters(), theirs.parameters(), strict=True))
    for p, q in pairs:
        p.data.copy_(q.data.view_as(p))
    x, g = (torch.randn(T, 3, C, 5, 4, dtype=torch.float64) for _ in range(2))
    x.requires_grad_()
    found: list[tuple[Tensor, ...]] = []
    for gate, side in ((ours, 0), (theirs, 1)):
        y = gate(x)
        found.append((y, *torch.autograd.grad((g * y).sum(), [x, *(pair[side] for pair in pairs)])))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other.view_as(one), atol=1e-6, rtol=0)
        assert one.any()


def test_gradient():
    gate = make(PUBLISHED["TCSA"]).double()
    x = torch.randn(T, 1, C, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(gate, x)


def test_few_entries_leave_one_hidden_unit():
    assert [p.shape for p in make(["time"], reduction_t=100).parameters()] == [(1, T), (T, 1)]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"axes": []}, r"axes=\[\]"), ({"axes": ["time", "time"]}, "each once"), ({"reduction_c": 0}, "reduction_c=0")],
)
def test_refusals(wrong: dict, told: str):
    with pytest.raises(UserError, match=rf"regularizer\.ma_snn\..*{told}|{told}"):
        make(**{"axes": ["time"]} | wrong)
