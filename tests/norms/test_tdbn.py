"""tdBN scales by the threshold, and by sqrt(1/2) where two norms are added up."""

import pytest
import torch

from snnexp.norms.base import NormSite
from snnexp.norms.tdbn import Tdbn


@pytest.mark.parametrize(
    ("place", "deviation"), [("stem", 1.0), ("inner", 0.4), ("summand", 0.4 * 0.5**0.5), ("shortcut", 0.4 * 0.5**0.5)]
)
def test_deviation_behind_it(place, deviation):
    norm = Tdbn(NormSite(5, 4, place, 0.4), momentum=0.1, eps=1e-5, running=True)
    y = norm(3 * torch.randn(4, 8, 5, 16, 16) + 1)
    torch.testing.assert_close(y.std((0, 1, 3, 4)), torch.full((5,), deviation), rtol=1e-3, atol=0)
