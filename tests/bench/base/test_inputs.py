"""The operator's inputs."""

import torch
from torch import Tensor

from snnexp.bench.base import LifCase
from snnexp.bench.base.inputs import differentiated, tensor

CASE = {"name": "layer", "device": "cpu", "dtype": "float32", "T": 2, "N": 3, "features": (4, 5, 5)}


def test_a_run_goes_forward_and_backward_and_keeps_no_gradient():
    seen: list[Tensor] = []

    def operator(x: Tensor, residual: Tensor) -> Tensor:
        for each in (x, residual):
            each.register_hook(seen.append)
        return x + 2 * residual

    run = differentiated(LifCase(residual=True, **CASE), operator)
    run()
    norms = sorted(float(gradient.norm()) for gradient in seen)
    torch.testing.assert_close(norms[1], 2 * norms[0])


def test_layouts():
    assert tensor(LifCase(**CASE)).is_contiguous()
    x = tensor(LifCase(norm=True, **CASE))
    assert x.shape == (2, 3, 4, 5, 5) and x.flatten(0, 1).is_contiguous(memory_format=torch.channels_last)
