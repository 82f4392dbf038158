"""The reference is what PyTorch's batch norm and the LIF reference do one after the other."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from constants import RMP

from snnexp.ops.lif import reference as unfused
from snnexp.ops.norm_lif.reference import norm_lif
from snnexp.surrogates.tanh import Tanh

LIF = replace(RMP, reset="soft"), Tanh(k=3.0)


@pytest.mark.parametrize("T", [None, 4], ids=["sequence", "static"])
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_is_batch_norm_and_lif(training, T):
    torch.manual_seed(0)
    x, residual = (torch.randn(1 if T else 3, 2, 5, 4, 4, dtype=torch.float64).requires_grad_() for _ in range(2))
    weight, bias = (torch.rand(5, dtype=torch.float64).requires_grad_() for _ in range(2))
    mean, var = torch.zeros(5, dtype=torch.float64), torch.ones(5, dtype=torch.float64)
    given = None if training else (mean.clone(), torch.rsqrt(var + 1e-5))
    y = F.batch_norm(x.flatten(0, 1), mean, var, weight, bias, training, 1.0).unflatten(0, x.shape[:2])
    pair = unfused.lif(y + residual, *LIF, T=T)
    out = norm_lif(x, *LIF, weight=weight, bias=bias, statistics=given, residual=residual, T=T)
    assert torch.equal(out.lif.spikes, pair.spikes)
    inputs = (x, residual, weight, bias)
    for ours, theirs in zip(*(torch.autograd.grad(one.spikes.sum(), inputs) for one in (out.lif, pair)), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)
    if training:  # running statistics at a momentum of 1 are those of the batch, the variance unbiased
        n = x.numel() / 5
        torch.testing.assert_close(out.statistics.mean, mean, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(out.statistics.var * n / (n - 1), var, rtol=1e-12, atol=1e-12)
    else:
        assert out.statistics is None
