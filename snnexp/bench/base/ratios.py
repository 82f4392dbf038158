"""How much longer one contender takes than another: compared round by round, since a machine's speed drifts."""

from typing import NamedTuple

import numpy as np
from scipy import stats

from snnexp.bench.base.timing import Measured


class Ratio(NamedTuple):
    """The median over rounds, and its 95 % bootstrap interval; of a single round there is none."""

    median: float
    low: float | None = None
    high: float | None = None


def paired(over: Measured, under: Measured, factor: float = 1.0) -> Ratio:
    """Compute factor * over / under, round by round; the rounds are those of one contest."""
    ratios = factor * over.rounds / under.rounds
    if len(ratios) < 2:
        return Ratio(round(float(ratios[0]), 3))
    drawn = stats.bootstrap((ratios,), np.median, method="percentile", rng=np.random.default_rng(0))
    low, high = drawn.confidence_interval
    return Ratio(*(round(float(value), 3) for value in (np.median(ratios), low, high)))
