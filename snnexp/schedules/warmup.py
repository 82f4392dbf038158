"""Linear warm-up, and another schedule behind it."""

from snnexp.errors import require
from snnexp.schedules.base import Schedule


class Warmup(Schedule):
    """start + (1 - start) done / length over `length` epochs, then the schedule `after`, as if it began there.

    Raises:
        UserError: a value out of range.
    """

    def __init__(self, *, length: float, start: float, after: Schedule) -> None:
        require(length > 0, f"schedule.length={length}: must be above 0, in epochs")
        require(0 <= start <= 1, f"schedule.start={start}: must lie in [0, 1]")
        self.length, self.start, self.after = length, start, after

    def factor(self, done: float, epochs: float) -> float:
        if done < self.length:
            return self.start + (1 - self.start) * done / self.length
        left = max(epochs, done) - self.length or 1.0  # where the training ends with it, any length begins alike
        return self.after.factor(done - self.length, left)
