"""Statistics of norms, and their scale."""

import pytest
import torch
from torch import nn

from snnexp.backbones.norms import Norm


def test_a_static_step_leaves_the_running_statistics_of_its_copies():
    torch.manual_seed(0)
    x = torch.randn(1, 3, 5, 4, 4, dtype=torch.float64)
    static, repeated, torch_norm = Norm(5).double(), Norm(5).double(), nn.BatchNorm2d(5).double()
    for _ in range(3):
        once = static(x, copies=6)
        every = repeated(x.expand(6, *x.shape[1:]))
        torch_norm(x.expand(6, *x.shape[1:]).flatten(0, 1))
    torch.testing.assert_close(once[0], every[3])
    torch.testing.assert_close(static.state_dict(), repeated.state_dict())
    torch.testing.assert_close(static.running_var, torch_norm.running_var)


def test_evaluation_changes_no_statistics():
    norm = Norm(5).eval()
    norm(torch.randn(1, 3, 5, 4, 4), copies=6)
    assert norm.running_var.tolist() == [1] * 5


@pytest.mark.parametrize("alpha", [1.0, 0.5**0.5])
def test_tdbn_has_the_deviation_of_its_scale(alpha):
    y = Norm(5, scale=0.5 * alpha)(3 * torch.randn(4, 8, 5, 16, 16) + 1)
    torch.testing.assert_close(y.std((0, 1, 3, 4)), torch.full((5,), 0.5 * alpha), rtol=1e-3, atol=0)
