"""The learned gain."""

import pytest
import torch

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.regularizers.scalar_gate import ScalarGate


def test_begins_at_its_start_and_has_one_parameter_with_a_gradient():
    module, x = ScalarGate(start=0.2, sites=["stem"]).gate(Site("stem0", 0, 3, 4, "stem")), torch.ones(4, 2, 3, 5, 5)
    torch.testing.assert_close(module(x), 0.2 * x)
    module(x).mean().backward()
    (w,) = module.parameters()
    torch.testing.assert_close(w.grad, torch.tensor(0.2 * 0.8))


def test_each_layer_has_its_own():
    gate = ScalarGate(start=0.5, sites=["stem"])
    first, second = (next(gate.gate(Site("stem", i, 3, 4, "stem")).parameters()) for i in range(2))
    assert first is not second


@pytest.mark.parametrize("start", [0.0, 1.0])
def test_refuses_a_start_that_no_w_gives(start):
    with pytest.raises(UserError, match=f"start={start}"):
        ScalarGate(start=start, sites=["stem"])
