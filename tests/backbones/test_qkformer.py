"""QKFormer: the published count, the sizes of its maps, what it refuses."""

import pytest
import torch
from oracle import layers

from snnexp.backbones.qkformer import Embedding, Qkformer
from snnexp.errors import UserError


def test_parameters_are_those_published():
    with torch.device("meta"):
        network = Qkformer(layers(1), 3, 100, width=384, depths=[1, 1, 2], heads=8)
    assert sum(p.numel() for p in network.parameters()) == 6_740_884  # 6.74 M


def test_sizes_and_roles(sizes):
    made = layers(1)
    network = Qkformer(made, 3, 5, width=16, depths=[1, 0, 1], heads=2)
    first, last = [32] * 8, [8] * 8
    assert sizes(network) == [*first, *[32, 16, 16], *[16, 8, 8], *last[:5]]
    assert [site.role for site in made.sites].count("attention") == 2


@pytest.mark.parametrize("halves", [False, True])
def test_an_embedding_adds_the_spikes_of_two_paths(layers, halves: bool):
    block = Embedding(layers(2), 3, 6, halves=halves)
    x = torch.randint(2, (2, 4, 3, 5, 5)).float()
    y = block(x)
    assert y.shape == (2, 4, 6, *([3, 3] if halves else [5, 5])) and set(y.unique().tolist()) <= {0, 1, 2}
    assert torch.equal(y, block.path(x) + block.shortcut(x))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"depths": [1, 2]}, r"backbone\.depths=\[1, 2\]"), ({"heads": 3}, r"backbone\.heads=3: must divide the 4")],
)
def test_refusals(wrong: dict, told: str):
    with pytest.raises(UserError, match=told):
        Qkformer(layers(1), 3, 5, **{"width": 16, "depths": [1, 1, 2], "heads": 2} | wrong)
