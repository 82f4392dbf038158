"""Gates stand at convolutions, at those sites that are named."""

import pytest

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.regularizers.spatial_attention import SpatialAttention


def test_gates_the_named_sites_and_never_the_head():
    roles = ("stem", "inner", "output", "head")
    sites = [Site(role, i, 3, 4, role) for i, role in enumerate(roles)]
    everywhere, within = SpatialAttention(sites=["stem", "inner", "output"]), SpatialAttention(sites=["inner"])
    assert [everywhere.gate(site) is not None for site in sites] == [True, True, True, False]
    assert [within.gate(site) is not None for site in sites] == [False, True, False, False]


def test_refuses_to_gate_nothing():
    with pytest.raises(UserError, match=r"regularizer\.spatial_attention\.sites=\[\]"):
        SpatialAttention(sites=[])
