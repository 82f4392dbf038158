"""Learning rates as a function of how far a training is, and what sets them in an optimizer."""

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch.optim.lr_scheduler import LRScheduler


class Schedule(ABC):
    """A factor on the learning rate; it has no state, so that a resumed run has the same."""

    @abstractmethod
    def factor(self, done: float, epochs: float) -> float:
        """Compute the factor after `done` of the training's `epochs`, a fraction within an epoch."""


class Following(LRScheduler):
    """Sets each learning rate to its initial value times a schedule's factor after `done` epochs."""

    def __init__(self, optimizer: torch.optim.Optimizer, schedule: Schedule, epochs: int) -> None:
        self.schedule, self.epochs, self.done = schedule, epochs, 0.0
        super().__init__(optimizer)

    def get_lr(self) -> list[Any]:
        factor = self.schedule.factor(self.done, float(self.epochs))
        return [initial * factor for initial in self.base_lrs]

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint stores, which holds plain values alone."""
        return {name: value for name, value in super().state_dict().items() if name not in ("schedule", "epochs")}
