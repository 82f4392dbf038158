"""Schedules set rates by step or by epoch, and a resumed one goes on as if it had never stopped."""

import pytest
import torch

from snnexp.schedules.base import Following, Schedule


class Rising(Schedule):
    def factor(self, done, epochs):
        return done / epochs


def made(lr=0.5) -> tuple[torch.optim.Optimizer, Following]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    return optimizer, Following(optimizer, Rising(), 4)


def test_sets_the_initial_rate_times_the_factor():
    optimizer, following = made()
    assert optimizer.param_groups[0]["lr"] == 0
    optimizer.step()
    for done in (0.5, 3.0, 1.0):
        following.done = done
        following.step()
        assert optimizer.param_groups[0]["lr"] == pytest.approx(0.5 * done / 4)


def test_a_checkpoint_holds_plain_values_from_which_it_goes_on():
    optimizer, following = made()
    optimizer.step()
    following.done = 3.0
    following.step()
    state = following.state_dict()
    assert "schedule" not in state and all(isinstance(v, int | float | list | bool | None) for v in state.values())
    _, other = made()
    other.load_state_dict(state)
    assert other.get_lr() == following.get_lr() == [0.375]
