"""Squared error of the rates."""

import torch

from snnexp.losses.mse_rate import MseRate


def test_by_hand():
    rates = torch.tensor([[0.5, 0.25], [1.0, 0.0]])
    expected = (0.5**2 + 0.25**2 + 1 + 1) / 4
    for y in (torch.tensor([0, 1]), torch.eye(2)):
        torch.testing.assert_close(MseRate()(rates, y, torch.tensor(0.0)), torch.tensor(expected))


def test_soft_targets_are_distances_of_their_own():
    loss = MseRate()(torch.tensor([[0.5, 0.25]]), torch.tensor([[0.5, 0.5]]), torch.tensor(0.0))
    torch.testing.assert_close(loss, torch.tensor(0.25**2 / 2))
