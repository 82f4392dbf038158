"""Cosine annealing at any pace."""

import math

from snnexp.errors import require
from snnexp.schedules.base import Schedule


class Annealing(Schedule):
    """floor + (1 - floor) (1 + cos(pi done / epochs)) / 2.

    Raises:
        UserError: a floor outside [0, 1].
    """

    def __init__(self, *, floor: float) -> None:
        require(0 <= floor <= 1, f"schedule.floor={floor}: must lie in [0, 1]")
        self.floor = floor

    def factor(self, done: float, epochs: float) -> float:
        return self.floor + (1 - self.floor) * (1 + math.cos(math.pi * done / epochs)) / 2
