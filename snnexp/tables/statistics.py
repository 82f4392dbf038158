"""What is said of a few seeds: mean, spread and interval, and whether two arms with the same seeds differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE, LEVEL, ENOUGH = 0.95, 0.05, 3  # of intervals, of tests, and the least number of seeds to judge by


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Values of n seeds: mean, standard deviation (n - 1), and the bootstrap interval of the mean.

    Of a single value there is neither deviation nor interval.
    """

    n: int
    mean: float
    std: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One arm minus another, seed by seed: mean difference, its interval and the p-value of a paired t-test, two-sided.

    Interval and p-value are None where the t-test has nothing to go by: a single pair, or differences that are all the
    same.
    """

    pairs: int
    effect: float
    low: float | None
    high: float | None
    p: float | None

    @property
    def constant(self) -> bool:
        """Whether several pairs differ by the same, which leaves no spread to test by."""
        return self.pairs > 1 and self.p is None

    @property
    def sign(self) -> int:
        """1 or -1 where the difference is shown: three pairs or more, and p < 0.05; else 0."""
        shown = self.pairs >= ENOUGH and self.p is not None and self.p < LEVEL
        return int(np.sign(self.effect)) if shown else 0


def summarize(values: Sequence[float]) -> Summary:
    """The summary of at least one value; the interval is the 95 % percentile bootstrap of the mean, from a fixed seed.

    The order of the values changes nothing. With three of them the interval is their range: of the 27 resamples one
    in 27 repeats the least value three times, more than the 2.5 % that are cut off.
    """
    data = np.sort(np.asarray(values, dtype=float))
    n, mean = len(data), float(data.mean())
    if n == 1:
        return Summary(n=n, mean=mean, std=None, low=None, high=None)
    drawn = stats.bootstrap(
        (data,), np.mean, confidence_level=CONFIDENCE, method="percentile", rng=np.random.default_rng(0)
    )
    low, high = map(float, drawn.confidence_interval)
    return Summary(n=n, mean=mean, std=float(data.std(ddof=1)), low=low, high=high)


def compare(arm: Mapping[int, float], other: Mapping[int, float]) -> Comparison | None:
    """`arm` minus `other`, paired by the seeds that both have; None where they share none.

    A t-test rather than a permutation test, whose p-value for three pairs is at least 1/4: signs can be flipped in only
    8 ways. The t-test pays for it by taking the differences to be normal.
    """
    seeds = sorted(arm.keys() & other.keys())
    if not seeds:
        return None
    differences = np.array([arm[seed] - other[seed] for seed in seeds])
    effect = float(differences.mean())
    if np.allclose(differences, effect, rtol=1e-9, atol=1e-12):  # one pair, or no spread to judge by but rounding
        return Comparison(pairs=len(seeds), effect=effect, low=None, high=None, p=None)
    test = stats.ttest_1samp(differences, 0.0)
    low, high = map(float, test.confidence_interval(CONFIDENCE))
    return Comparison(pairs=len(seeds), effect=effect, low=low, high=high, p=float(test.pvalue))  # type: ignore[attr-defined]
