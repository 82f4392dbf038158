"""Cross-entropy with and without smoothing."""

import pytest
import torch

from snnexp.errors import UserError
from snnexp.losses.cross_entropy import CrossEntropy


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_by_hand(smoothing):
    logits, y = torch.randn(5, 3), torch.tensor([0, 1, 2, 1, 0])
    target = torch.full((5, 3), smoothing / 3)
    target[torch.arange(5), y] += 1 - smoothing
    expected = -(target * logits.log_softmax(1)).sum(1).mean()
    for targets in (y, torch.eye(3)[y]):
        torch.testing.assert_close(
            CrossEntropy(label_smoothing=smoothing)(logits, targets, torch.tensor(0.0)), expected
        )


@pytest.mark.parametrize("smoothing", [-0.1, 1.0])
def test_refuses_smoothing_out_of_range(smoothing):
    with pytest.raises(UserError, match=r"loss\.label_smoothing"):
        CrossEntropy(label_smoothing=smoothing)
