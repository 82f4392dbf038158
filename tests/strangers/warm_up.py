"""Learning rates that rise over the first epochs and then stay."""

from snnexp.schedules.base import Schedule


class WarmUp(Schedule):
    """min(1, (done + 1 / 100) / length)."""

    def __init__(self, *, length: float) -> None:
        self.length = length

    def factor(self, done: float, epochs: float) -> float:
        return min(1.0, (done + 0.01) / self.length)
