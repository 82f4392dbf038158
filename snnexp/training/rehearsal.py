"""Steps of an optimizer and a schedule on a few numbers, before a training is begun with their like."""

from collections.abc import Callable
from typing import Any

import torch

from snnexp.errors import UserError, one_line
from snnexp.losses.base import Loss

MOST = 10_000  # epochs that are rehearsed, in some 0.1 s


def parameters(device: torch.device) -> torch.nn.Module:
    """Make parameters of each kind that networks have, with gradients: biases, a linear layer's, a convolution's."""
    made = torch.nn.Sequential(torch.nn.Linear(1, 1, device=device), torch.nn.Conv2d(1, 1, 1, device=device))
    for each in made.parameters():
        each.grad = torch.zeros_like(each)
    return made


def rehearse(group: str, target: str, step: Callable[[], Any], times: int = 1) -> None:
    """Take the steps that a training will take of the part in a group.

    Raises:
        UserError: one fails, as where an optimizer wants a closure, or a schedule wants a figure or ends early.
    """
    try:
        for _ in range(min(times, MOST)):
            step()
    except (TypeError, ValueError, RuntimeError, AssertionError) as error:
        said = one_line(error).partition(": ")[2] or type(error).__name__
        raise UserError(f"{group}._target_={target}: cannot train here ({said}); choose another {group}") from error


def rehearse_mixed(loss: Loss, target: str) -> None:
    """Compute a loss of one sample with a weight for each class, as mixed samples have.

    Raises:
        UserError: it takes the number of a class alone.
    """
    logits = torch.zeros(1, 1, 2) if loss.per_step else torch.zeros(1, 2)
    try:
        loss(logits, torch.full((1, 2), 0.5), torch.tensor(0.0))
    except (TypeError, ValueError, RuntimeError, IndexError, AssertionError) as error:
        reason = one_line(error).partition(": ")[2] or type(error).__name__
        remedy = "choose another loss, or mixing=[]"
        raise UserError(f"loss._target_={target}: takes no mixed classes ({reason}); {remedy}") from error
