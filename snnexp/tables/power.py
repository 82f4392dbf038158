"""What so many seeds will show, before they are trained."""

import math

from scipy import special

from snnexp.tables.statistics import POWER, detectable


def detectable_with(n: tuple[int, int], std: float, level: float, overlap: float | None = None) -> float:
    """Compute `detectable` by n seeds of two conditions of one standard deviation, whose values are not correlated."""
    return detectable(*planned_error(n, std, overlap), level)


def planned_error(n: tuple[int, int], std: float, overlap: float | None) -> tuple[float, int]:
    """Return standard error and degrees of freedom of a difference, as `compare` will have them."""
    if overlap is None:
        return std * math.sqrt(1 / n[0] + 1 / n[1]), n[0] + n[1] - 2
    return std * math.sqrt(2 * (1 / min(n) + overlap)), min(n) - 1


def equivalent_with(n: int, std: float, margin: float, level: float, overlap: float | None = None) -> bool:
    """Say whether two equal conditions of n seeds are shown to be equivalent within the margin with a power of 0.8.

    Both one-sided tests must reject: by the noncentral t that is at least 2 P(t > critical value) - 1.
    """
    error, df = planned_error((n, n), std, overlap)
    one = 1 - float(special.nctdtr(df, margin / error, special.stdtrit(df, 1 - level)))
    return 2 * one - 1 >= POWER
