"""SimAM by hand, its gradient, and a map of one place."""

import math

import pytest
import torch

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.regularizers.simam import Simam

GATE = Simam(lam=0.25, sites=["stem"]).make_gate(Site("stem0", 0, 2, 3, "stem"))


def test_by_hand():
    x = torch.tensor([0.0, 2.0, 2.0, 4.0], dtype=torch.float64).view(1, 1, 1, 2, 2)
    variance = (4 + 0 + 0 + 4) / 3
    factors = [1 / (1 + math.exp(-(d / (4 * (variance + 0.25)) + 0.5))) for d in (4, 0, 0, 4)]
    expected = [value * factor for value, factor in zip(x.flatten().tolist(), factors, strict=True)]
    assert GATE(x).flatten().tolist() == pytest.approx(expected, abs=1e-12)


def test_each_step_sample_and_channel_is_a_map_of_its_own():
    x = torch.randn(3, 2, 2, 4, 5)
    torch.testing.assert_close(GATE(x)[1:, 1:, :1], GATE(x[1:, 1:, :1]))


def test_gradient():
    x = torch.randn(2, 1, 2, 2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(GATE, x)


def test_a_single_place_passes_by_the_sigmoid_of_a_half():
    x = torch.randn(3, 2, 2, 1, 1)
    torch.testing.assert_close(GATE(x), x * torch.sigmoid(torch.tensor(0.5)))


def test_refuses_a_lambda_of_0():
    with pytest.raises(UserError, match=r"regularizer\.simam\.lam=0"):
        Simam(lam=0.0, sites=["stem"])
