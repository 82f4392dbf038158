"""Plain batch norm is plain wherever it stands."""

import pytest

from snnexp.norms.base import NormSite
from snnexp.norms.bn import Bn


@pytest.mark.parametrize("place", ["stem", "inner", "summand", "shortcut"])
def test_has_no_scale_and_the_given_constants(place):
    norm = Bn(NormSite(5, 2, place, 0.5), momentum=0.2, eps=1e-3, running=False)
    assert (norm.scale, norm.momentum, norm.eps, norm.running_mean) == (1.0, 0.2, 1e-3, None)
