"""Spikformer: the published count, SpikingJelly's outputs and gradients, what it refuses."""

import pytest
import torch
from oracle import equal, layers, take_over

from snnexp.backbones.spikformer import Spikformer
from snnexp.errors import UserError


def test_parameters_are_those_published():
    with torch.device("meta"):
        network = Spikformer(layers(1), 3, 10, width=384, depth=4, heads=12)
    assert sum(p.numel() for p in network.parameters()) == 9_324_730  # 9.32 M


@pytest.mark.parametrize("events", [False, True], ids=["images", "events"])
def test_equals_spikingjellys(events: bool):
    model = pytest.importorskip("spikingjelly.activation_based.model.spikformer")
    theirs = model.Spikformer(
        T=2, img_size_h=16, img_size_w=16, patch_size=4, num_classes=5, embed_dims=16, num_heads=2, depths=2
    ).double()
    ours = Spikformer(layers(2), 3, 5, width=16, depth=2, heads=2).double()
    pairs = take_over(ours, theirs, left_out=["module.bias"])
    x = (2 * torch.randn(*([2] if events else []), 4, 3, 16, 16, dtype=torch.float64)).requires_grad_()
    equal(ours(x, per_step=True), theirs(x), x, pairs)


def test_every_weight_of_a_narrow_one_learns():
    network = Spikformer(layers(2), 3, 5, width=4, depth=1, heads=1)
    network(3 * torch.randn(4, 3, 8, 8)).square().sum().backward()
    assert all(p.grad is not None for p in network.parameters())


def test_refuses_heads_of_unequal_width():
    with pytest.raises(UserError, match=r"backbone\.heads=3: must divide the 16 channels"):
        Spikformer(layers(1), 3, 5, width=16, depth=1, heads=3)
