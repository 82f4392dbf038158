"""Two maps for groups that are drawn once."""

import pytest
import torch

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.regularizers.random_split import RandomSplit, RandomSplitGate


def gate(lam: float = 0.25) -> RandomSplitGate:
    return RandomSplit(lam=lam, sites=["stem"]).gate(Site("stem0", 0, 6, 4, "stem"))


def test_groups_are_drawn_with_the_weights_and_then_stay():
    module, x = gate(), torch.randn(4, 3, 6, 5, 5)
    torch.manual_seed(1)
    module.reset_parameters()
    mask = module.mask.clone()
    assert mask.sum() == 6  # a quarter of 24
    module(x)
    assert torch.equal(module.mask, mask) and "mask" in module.state_dict()
    module.reset_parameters()
    assert not torch.equal(module.mask, mask)


def test_output_is_that_of_the_two_groups_for_every_sample_alike():
    module, x = gate(), torch.randn(4, 3, 6, 5, 5)
    torch.testing.assert_close(module(x), sum(module.groups(x, module.mask)))
    torch.testing.assert_close(module(x)[:, 2:], module(x[:, 2:]))
    assert sum(p.numel() for p in module.parameters()) == 36


def test_refuses_a_share_out_of_range():
    with pytest.raises(UserError, match=r"lam=1\.0"):
        gate(lam=1.0)
