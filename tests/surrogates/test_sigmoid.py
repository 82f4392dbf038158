"""The logistic function's derivative."""

import pytest
import torch

from snnexp.errors import UserError
from snnexp.surrogates.sigmoid import Sigmoid


def test_is_the_derivative_of_its_source():
    z = torch.linspace(-3, 3, 101, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(torch.sigmoid(4 * z).sum(), z)
    torch.testing.assert_close(Sigmoid(alpha=4.0)(z.detach()), slope)


def test_refuses_no_sharpness():
    with pytest.raises(UserError, match=r"surrogate\.alpha"):
        Sigmoid(alpha=-1.0)
