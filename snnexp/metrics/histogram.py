"""A histogram of a layer's potential and current, as it is drawn; read without importing torch."""

from typing import NamedTuple


class Histogram(NamedTuple):
    """Densities of v_pre and of the input current x in equal bins from `low` to `high`; the neuron's threshold.

    One that `is_signed` fires below minus its threshold as well.
    """

    v_pre: list[float]
    x: list[float]
    low: float
    high: float
    v_threshold: float
    is_signed: bool = False

    @property
    def top(self) -> float:
        """The largest density."""
        return max(*self.v_pre, *self.x)
