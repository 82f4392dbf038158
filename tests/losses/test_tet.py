"""TET by hand, with classes and with soft targets, and its gradient."""

import pytest
import torch
import torch.nn.functional as F

from snnexp.errors import UserError
from snnexp.losses.tet import Tet

ZERO = torch.tensor(0.0)


def by_hand(logits: torch.Tensor, y: torch.Tensor, lam: float, phi: float) -> torch.Tensor:
    steps = [F.nll_loss(each.log_softmax(1), y) for each in logits]
    return (1 - lam) * sum(steps) / len(steps) + lam * ((logits - phi) ** 2).sum() / logits.numel()


@pytest.mark.parametrize(("lam", "phi"), [(0.0, 1.0), (0.05, 1.0), (1.0, 0.5)])
def test_by_hand(lam: float, phi: float):
    logits, y = torch.randn(3, 5, 4, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0])
    for targets in (y, torch.eye(4, dtype=torch.float64)[y]):
        torch.testing.assert_close(Tet(lam=lam, phi=phi)(logits, targets, ZERO), by_hand(logits, y, lam, phi))


def test_one_step_with_no_second_term_is_cross_entropy_and_more_steps_are_not_that_of_the_mean():
    logits, y = torch.randn(3, 5, 4), torch.tensor([0, 1, 2, 3, 0])
    loss = Tet(lam=0.0, phi=1.0)
    torch.testing.assert_close(loss(logits[:1], y, ZERO), F.cross_entropy(logits[0], y))
    assert loss(logits, y, ZERO) > F.cross_entropy(logits.mean(0), y)  # it is convex


def test_gradient():
    logits, y = torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True), torch.tensor([0, 3, 1])
    assert torch.autograd.gradcheck(lambda x: Tet(lam=0.1, phi=1.0)(x, y, ZERO), logits)


@pytest.mark.parametrize("lam", [-0.1, 1.1])
def test_refuses_a_share_out_of_range(lam: float):
    with pytest.raises(UserError, match=r"loss\.lam"):
        Tet(lam=lam, phi=1.0)
