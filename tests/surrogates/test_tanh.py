"""The tanh surrogate is the derivative of the scaled tanh of its source."""

import math

import pytest
import torch

from snnexp.errors import UserError
from snnexp.surrogates.rectangle import Rectangle
from snnexp.surrogates.tanh import Tanh


@pytest.mark.parametrize("k", [1.0, 3.0])
def test_is_the_derivative_of_its_source(k):
    u = torch.linspace(0.001, 0.999, 101, dtype=torch.float64, requires_grad=True)
    b = (torch.tanh(k * (u.clamp(0, 1) - 0.5)) + math.tanh(k / 2)) / (2 * math.tanh(k / 2))
    (slope,) = torch.autograd.grad(b.sum(), u)
    torch.testing.assert_close(Tanh(k=k)(u.detach() - 0.5), slope)


@pytest.mark.parametrize("k", [1e-3, 1.0, 3.0, 5.0, 10.0])
def test_the_family_has_one_area_and_begins_with_the_rectangle(k):
    z = torch.linspace(-0.5, 0.5, 100_001, dtype=torch.float64)
    slope = Tanh(k=k)(z)
    torch.testing.assert_close(torch.trapezoid(slope, z).item(), 1.0, rtol=1e-6, atol=0)
    assert k > 1e-3 or (slope - Rectangle(width=1.0)(z)).abs().max() < 1e-6


def test_is_zero_outside():
    assert Tanh(k=3.0)(torch.tensor([-0.51, 0.51])).tolist() == [0, 0]


def test_refuses_no_sharpness():
    with pytest.raises(UserError, match=r"surrogate\.k=0"):
        Tanh(k=0.0)
