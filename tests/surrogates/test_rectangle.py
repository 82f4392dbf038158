"""The rectangular surrogate."""

import pytest
import torch

from snnexp.errors import UserError
from snnexp.surrogates.rectangle import Rectangle


def test_values():
    z = torch.tensor([-0.6, -0.5, 0.0, 0.5, 0.51])
    assert Rectangle(width=1.0)(z).tolist() == [0, 1, 1, 1, 0]
    assert Rectangle(width=0.5)(z).tolist() == [0, 0, 2, 0, 0]


@pytest.mark.parametrize("width", [0.0, -1.0])
def test_refuses_no_width(width):
    with pytest.raises(UserError, match=r"surrogate\.width"):
        Rectangle(width=width)
