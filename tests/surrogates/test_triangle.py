"""The triangular surrogate."""

import pytest
import torch

from snnexp.errors import UserError
from snnexp.surrogates.triangle import Triangle


def test_values():
    z = torch.tensor([-3.0, -1.0, 0.0, 0.5, 2.0])
    assert Triangle(gamma=2.0)(z).tolist() == [0, 0.25, 0.5, 0.375, 0]


def test_refuses_no_width():
    with pytest.raises(UserError, match=r"surrogate\.gamma"):
        Triangle(gamma=0.0)
