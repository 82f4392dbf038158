"""Plain spatial attention: ASA's formula with all entries in one group."""

import torch

from snnexp.neurons.base import Site
from snnexp.regularizers.layers import spatial_map
from snnexp.regularizers.spatial_attention import SpatialAttention


def test_is_one_map_a_sample_over_all_entries():
    module, x = SpatialAttention(sites=["stem"]).gate(Site("stem0", 0, 3, 4, "stem")), torch.randn(4, 2, 3, 5, 6)
    assert sum(p.numel() for p in module.parameters()) == 18
    torch.testing.assert_close(module(x), x * spatial_map(module.conv, x))
    torch.testing.assert_close(module(x)[:, 1:], module(x[:, 1:]))
