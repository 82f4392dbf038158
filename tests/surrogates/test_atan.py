"""The arc tangent's derivative."""

import math

import pytest
import torch

from snnexp.errors import UserError
from snnexp.surrogates.atan import Atan


def test_is_the_derivative_of_its_source():
    z = torch.linspace(-3, 3, 101, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad((torch.atan(math.pi / 2 * 1.5 * z) / math.pi).sum(), z)
    torch.testing.assert_close(Atan(alpha=1.5)(z.detach()), slope)


def test_refuses_no_sharpness():
    with pytest.raises(UserError, match=r"surrogate\.alpha"):
        Atan(alpha=0.0)
