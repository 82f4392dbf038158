"""The constant gain."""

import pytest
import torch

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.regularizers.constant_gate import ConstantGate


def test_multiplies_and_has_no_parameters():
    module, x = ConstantGate(gain=0.5, sites=["stem"]).gate(Site("stem0", 0, 3, 4, "stem")), torch.randn(4, 2, 3, 5, 5)
    assert torch.equal(module(x), x / 2)
    assert list(module.parameters()) == []


def test_refuses_a_gain_that_is_not_positive():
    with pytest.raises(UserError, match=r"gain=0\.0"):
        ConstantGate(gain=0.0, sites=["stem"])
