"""Squared error of the rates."""

import torch

from snnexp.losses.mse_rate import MseRate


def test_by_hand():
    rates = torch.tensor([[0.5, 0.25], [1.0, 0.0]])
    expected = (0.5**2 + 0.25**2 + 1 + 1) / 4
    torch.testing.assert_close(MseRate()(rates, torch.tensor([0, 1])), torch.tensor(expected))
