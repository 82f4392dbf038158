"""What sets an optimizer's learning rates in a training, after each step and from what each epoch has reached."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from snnexp.config.settings import Pace
from snnexp.schedules.base import Following


class Rates(ABC):
    """Learning rates that move with the steps, or with the figures of epochs."""

    def __init__(self, scheduler: LRScheduler) -> None:
        self.scheduler = scheduler

    @abstractmethod
    def after_step(self, done: float, ends_epoch: bool) -> None:
        """Set the rates after a step, with `done` epochs trained, a fraction within one."""

    @abstractmethod
    def after_epoch(self, figures: Mapping[str, Any]) -> None:
        """Set the rates after an epoch, by the figures that it was evaluated to."""

    def depend_on_epochs(self, epochs: int, more: int, steps: int) -> bool:
        """Say whether the first epochs, of so many steps each, have other rates if more epochs follow."""
        return False

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint holds."""
        return self.scheduler.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what a checkpoint held."""
        self.scheduler.load_state_dict(state)


class Timed(Rates):
    """One of torch's schedules: a rate for each step or each epoch."""

    def __init__(self, scheduler: LRScheduler, pace: Pace) -> None:
        super().__init__(scheduler)
        self.pace = pace

    def after_step(self, done: float, ends_epoch: bool) -> None:
        if ends_epoch or self.pace == "step":
            self.move(done)

    def after_epoch(self, figures: Mapping[str, Any]) -> None:
        pass

    def move(self, done: float) -> None:
        """Set the rates after `done` epochs."""
        self.scheduler.step()


class Followed(Timed):
    """One of our schedules, whose rates are a function of the epochs done."""

    scheduler: Following

    def depend_on_epochs(self, epochs: int, more: int, steps: int) -> bool:
        factor = self.scheduler.schedule.factor
        places = [done / steps for done in range(epochs * steps)]
        return any(factor(done, float(epochs)) != factor(done, float(more)) for done in places)

    def move(self, done: float) -> None:
        self.scheduler.done = done
        super().move(done)


class Lowered(Rates):
    """`ReduceLROnPlateau`: lower rates where validation gets no better: the loss (mode min) or the accuracy (max)."""

    scheduler: ReduceLROnPlateau

    def after_step(self, done: float, ends_epoch: bool) -> None:
        pass

    def after_epoch(self, figures: Mapping[str, Any]) -> None:
        self.scheduler.step(figures[f"validation_{'loss' if self.scheduler.mode == 'min' else 'accuracy'}"])
