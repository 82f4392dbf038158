"""Spatial maps: their weights, what they pool, and that groups are kept apart."""

import torch
from torch import nn

from snnexp.regularizers.layers import MapConv, SplitAttention, spatial_map


def test_a_map_has_eighteen_weights_and_pools_mean_and_maximum_of_a_sample():
    conv, x = MapConv(), torch.randn(4, 2, 3, 6, 5)
    assert sum(p.numel() for p in conv.parameters()) == 18
    nn.init.zeros_(conv.weight)
    with torch.no_grad():
        conv.weight[0, :, 1, 1] = torch.tensor([1.0, 10.0])
    pooled = torch.stack([2 * x[:, n].mean((0, 1)) + 10 * x[:, n].flatten(0, 1).max(0).values for n in range(2)])
    torch.testing.assert_close(spatial_map(conv, x, share=0.5), pooled.sigmoid()[None, :, None])


def test_each_entry_passes_under_its_own_groups_map():
    torch.manual_seed(0)
    x, mask = torch.randn(4, 2, 3, 6, 5), torch.rand(4, 1, 3) > 0.6
    split = SplitAttention(lam=0.4)
    important, rest = split.groups(x, mask)
    kept = mask[..., None, None]
    assert torch.equal(important != 0, kept.expand_as(x)) and torch.equal(rest != 0, ~kept.expand_as(x))
    torch.testing.assert_close(important, x * kept * spatial_map(split.conv1, x * kept, 0.4))
    torch.testing.assert_close(rest, x * ~kept * spatial_map(split.conv2, x * ~kept, 0.6))
