"""Operators whose gradient is code, not PyTorch, have no second one: asking for it is an error, not a number."""

from collections.abc import Callable

import pytest
import torch
from constants import RMP
from torch import Tensor

from snnexp.ops.lif import lif
from snnexp.ops.norm_lif import compiled as norm_lif
from snnexp.ops.split_gate import compiled as gate
from snnexp.surrogates.triangle import Triangle

TRIANGLE = Triangle(gamma=1.0)
C = 3


def gated(x: Tensor) -> Tensor:
    """ASA's gate in C++ with a mask and maps of its own."""
    lib = gate.code(x)
    assert lib is not None
    mask = (x.detach().mean((3, 4)) > 0).float()
    return gate.Apply.apply(x, mask, gate.Pool.apply(x, mask, lib)[::2], lib)


OPERATORS: dict[str, Callable[[Tensor], Tensor]] = {
    "lif": lambda x: lif(x, RMP, TRIANGLE).spikes,
    "norm_lif": lambda x: norm_lif.norm_lif(x, RMP, TRIANGLE, weight=torch.ones(C), bias=torch.zeros(C)).lif.spikes,
    "split_gate": gated,
}


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_second_derivative_is_an_error(operator: str):
    x = torch.randn(2, 4, 5, 5, C).permute(0, 1, 4, 2, 3).requires_grad_()
    (dx,) = torch.autograd.grad(OPERATORS[operator](x).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        dx.square().sum().backward()
