"""BNTT equals SpikingJelly's, is right for static images, and has no shift to learn."""

import pytest
import torch
from per_step import CONSTANTS, SITE, X, equal, gradient, static_is_its_copies
from torch import nn

from snnexp.norms.bntt import Bntt


def drawn() -> Bntt:
    torch.manual_seed(0)
    norm = Bntt(SITE, **CONSTANTS).double()
    nn.init.uniform_(norm.weight, 0.5, 1.5)
    return norm


def test_equals_spikingjellys():
    layer = pytest.importorskip("spikingjelly.activation_based.layer")
    functional = pytest.importorskip("spikingjelly.activation_based.functional")

    class Theirs(nn.Module):
        """Theirs, which must be told that a sequence is over."""

        def __init__(self) -> None:
            super().__init__()
            self.norm = layer.BatchNormThroughTime2d(4, 3, step_mode="m").double()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            functional.reset_net(self.norm)
            return self.norm(x)

    ours, theirs = drawn(), Theirs()
    for t, each in enumerate(theirs.norm.bn_list):
        each.weight.data.copy_(ours.weight.view(4, 3)[t])
    total = [each.weight for each in theirs.norm.bn_list]
    equal(ours, theirs, [])
    x, weights = torch.randn(X, dtype=torch.float64), torch.randn(X, dtype=torch.float64)
    (found,) = torch.autograd.grad((ours.train()(x) * weights).sum(), ours.weight)
    expected = torch.autograd.grad((theirs.train()(x) * weights).sum(), total)
    torch.testing.assert_close(found.view(4, 3), torch.stack(expected), rtol=0, atol=1e-6)


def test_an_image_is_its_copies():
    static_is_its_copies(drawn(), drawn())


def test_gradient():
    assert gradient(drawn())


def test_learns_and_stores_no_shift():
    assert [name for name, _ in drawn().named_parameters()] == ["weight"]
    assert sorted(drawn().state_dict()) == ["running_mean", "running_var", "weight"]
