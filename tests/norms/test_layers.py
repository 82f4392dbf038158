"""Statistics of norms, and when they fuse."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from constants import RMP
from torch import nn

from snnexp.errors import RunError
from snnexp.norms import layers
from snnexp.norms.layers import BatchNorm
from snnexp.ops import norm_lif
from snnexp.ops.lif import lif
from snnexp.surrogates.rectangle import Rectangle


def test_a_static_step_leaves_the_running_statistics_of_its_copies():
    torch.manual_seed(0)
    x = torch.randn(1, 3, 5, 4, 4, dtype=torch.float64)
    static, repeated, torch_norm = BatchNorm(5).double(), BatchNorm(5).double(), nn.BatchNorm2d(5).double()
    for _ in range(3):
        once = static(x, copies=6)
        every = repeated(x.expand(6, *x.shape[1:]))
        torch_norm(x.expand(6, *x.shape[1:]).flatten(0, 1))
    torch.testing.assert_close(once[0], every[3])
    torch.testing.assert_close(static.state_dict(), repeated.state_dict())
    torch.testing.assert_close(static.running_var, torch_norm.running_var)


def test_evaluation_changes_no_statistics():
    norm = BatchNorm(5).eval()
    norm(torch.randn(1, 3, 5, 4, 4), copies=6)
    assert norm.running_var.tolist() == [1] * 5


@pytest.mark.parametrize("training", [True, False])
def test_one_channel_is_not_spread_over_several_in_one_operator(training):
    norm, x = BatchNorm(1).train(training), torch.randn(1, 2, 3, 4, 4)
    with pytest.raises(RunError, match="batch norm of 1 channels cannot normalize 3"):
        norm.lif(x, RMP, Rectangle(), None, residual=None, T=3)


# The operator that it fuses to would give the bias, and torch's batch norm a traceback
@pytest.mark.parametrize(("training", "running"), [(True, True), (True, False), (False, False)])
@pytest.mark.parametrize("fused", [False, True])
def test_refuses_statistics_of_one_value(training, running, fused):
    norm, x = BatchNorm(5, running=running).train(training), torch.randn(1, 1, 5, 1, 1)
    with pytest.raises(RunError, match="one sample whose map has one place"):
        norm.lif(x, RMP, Rectangle(), None, residual=None, T=3) if fused else norm(x, copies=3)
    norm(torch.randn(1, 2, 5, 1, 1))
    assert BatchNorm(5).eval()(x).shape == x.shape


class Halved(BatchNorm):
    def forward(self, x, copies=1):
        return super().forward(x, copies) / 2


def test_is_one_operator_with_the_neuron_only_where_it_is_all_of_the_norm(monkeypatch):
    monkeypatch.setattr(norm_lif, "form", lambda *_: pytest.fail("one operator"))
    x, shared, replaced = torch.randn(3, 2, 5, 4, 4), BatchNorm(5), BatchNorm(5)
    shared.synchronized, replaced.forward = True, lambda x, copies=1: x
    monkeypatch.setattr(layers.dist, "all_reduce", lambda _: None)
    neuron = RMP, Rectangle(), None
    for norm in (Halved(5), shared, replaced):
        out = norm.lif(x, *neuron, residual=x, T=None)
        assert torch.equal(out.spikes, lif(norm(x) + x, *neuron).spikes)
    with pytest.raises(pytest.fail.Exception, match="one operator"):
        BatchNorm(5).lif(x, *neuron, residual=None, T=None)


@pytest.fixture
def team_of_one(tmp_path: Path) -> Iterator[None]:
    dist.init_process_group("gloo", f"file://{tmp_path}/meeting", rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_statistics_of_all_processes_are_those_of_batch_norm_in_every_type(dtype, team_of_one):
    torch.manual_seed(0)
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    x = (3 * torch.randn(2, 3, 5, 13, 13) + 1).to(dtype)  # 1014 values a channel, which bfloat16 does not hold
    norm, torch_norm = BatchNorm(5).to(wide), nn.BatchNorm2d(5).to(wide)
    norm.synchronized = True
    ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
        y, expected = norm(ours), torch_norm(theirs.flatten(0, 1)).view(x.shape)
    assert y.dtype == expected.dtype == dtype
    torch.testing.assert_close(y, expected)
    for name in ("running_mean", "running_var"):
        torch.testing.assert_close(getattr(norm, name), getattr(torch_norm, name))
    g = torch.randn(x.shape).to(dtype)
    torch.testing.assert_close(*(torch.autograd.grad(out, one, g)[0] for out, one in ((y, ours), (expected, theirs))))
