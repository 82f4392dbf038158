"""What is said of a few seeds: mean, spread and interval; and what one condition differs by from another.

A condition's seeds are taken as independent draws from a normal distribution. Welch's test compares two conditions: a
test of pairs has half the degrees of freedom, and gains only where their values go together over seeds.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import special

CONFIDENCE, LEVEL, POWER = 0.95, 0.05, 0.8  # of intervals, of tests, and with which an effect is said to be detectable
ENOUGH = 5  # the least number of seeds to judge by
N, M = Float[np.ndarray, "n"], Float[np.ndarray, "m"]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Values of n seeds: mean, standard deviation (n - 1), and the t interval of the mean.

    Of a single value there is neither deviation nor interval.
    """

    n: int
    mean: float
    std: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """The seeds that two conditions have: how many, p of a paired t-test, and the correlation over them.

    p is None for a single pair or where all differ by the same, the correlation for fewer than three or no spread.
    """

    n: int
    equal: bool  # not one pair differs
    p: float | None
    correlation: float | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One condition minus another: difference of the means, its interval, and the p-value of Welch's t-test, two-sided.

    `g` is Hedges' g, the difference over the pooled standard deviation, unbiased; `superiority` the share of all pairs
    of their values in which the first is larger, ties counted half. `error` and `df` are the standard error and the
    degrees of freedom. What follows from the spread is None where a condition has one value, or no value differs.
    """

    n: tuple[int, int]
    effect: float
    superiority: float
    pairs: Pairs
    error: float | None = None
    df: int | float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    g: float | None = None

    @property
    def few(self) -> bool:
        """Whether a condition has fewer seeds than anything can be judged by."""
        return min(self.n) < ENOUGH

    def detectable(self, level: float) -> float | None:
        """Return what the function of this name computes of this comparison's spread."""
        return None if self.error is None or self.df is None else detectable(self.error, self.df, level)

    def equivalence(self, margin: float) -> float | None:
        """Return the p-value of two one-sided tests that the true difference lies within the margin, either way.

        Source: Schuirmann 1987, with Welch's error and degrees of freedom.
        """
        return None if self.error is None else float(special.stdtr(self.df, (abs(self.effect) - margin) / self.error))


def detectable(error: float, df: int | float, level: float) -> float:
    """Return the smallest true difference that a test at this level shows with a power of 0.8.

    It is nc * error, where a noncentral t with parameter nc exceeds the critical value with that probability.
    """
    return float(special.nctdtrinc(df, 1 - POWER, special.stdtrit(df, 1 - level / 2))) * error


def summarize(values: Sequence[float], overlap: float | None = None) -> Summary:
    """Summarize at least one value; the interval is mean -+ t std / sqrt(n), which covers 95 % with any n.

    Values of folds overlap as in `compare`: sqrt(1 / n) is sqrt(1 / n + overlap) there.
    """
    data = np.sort(np.asarray(values, dtype=float))  # so that their order changes nothing
    n, mean = len(data), float(data.mean())
    if n == 1:
        return Summary(n=n, mean=mean, std=None, low=None, high=None)
    std = float(data.std(ddof=1))
    half = quantile(n - 1) * std * math.sqrt(1 / n + (overlap or 0.0))
    return Summary(n=n, mean=mean, std=std, low=mean - half, high=mean + half)


def compare(ours: Mapping[int, float], other: Mapping[int, float], overlap: float | None = None) -> Comparison | None:
    """Compute `ours` minus `other`, each by seed; None where one of them has no value.

    `overlap` is given where each seed tests another fold of the same samples: the share of a fold over that of the
    samples trained on. There the seeds that both have are compared, by pairs, with the corrected error.
    """
    if overlap is not None:
        ours, other = ({seed: each[seed] for seed in ours.keys() & other.keys()} for each in (ours, other))
    if not ours or not other:
        return None
    a, b = (np.array([each[seed] for seed in sorted(each)], dtype=float) for each in (ours, other))
    return Comparison(
        n=(len(a), len(b)),
        effect=float(a.mean() - b.mean()),
        superiority=float((np.sign(a[:, None] - b).mean() + 1) / 2),
        pairs=pair(ours, other),
        **(welch(a, b) if overlap is None else resampled(a, b, overlap)),
    )


def resampled(a: N, b: N, overlap: float) -> dict[str, Any]:
    """Return what follows from the pairs of two conditions on the same folds; nothing where all differ by the same.

    Trainings on folds share samples, so that the variance of the mean is s^2 (1 / n + overlap) and not s^2 / n.
    Source: Nadeau and Bengio 2003.
    """
    differences, n = a - b, len(a)
    if n < 2 or flat(differences):
        return {}
    effect, error = float(differences.mean()), float(differences.std(ddof=1)) * math.sqrt(1 / n + overlap)
    half = quantile(n - 1) * error
    spread = {} if flat(a) and flat(b) else {"g": hedges(a, b)}
    found = {"low": effect - half, "high": effect + half, "error": error, "df": n - 1}
    return found | spread | {"p": two_sided(effect / error, n - 1)}


def welch(a: N, b: M) -> dict[str, Any]:
    """Return what follows from the spread of two conditions; nothing where there is none.

    Source: Welch 1947, with Satterthwaite's degrees of freedom.
    """
    if min(len(a), len(b)) < 2 or (flat(a) and flat(b)):
        return {}
    effect = float(a.mean() - b.mean())
    parts = np.array([each.var(ddof=1) / len(each) for each in (a, b)])
    error = math.sqrt(parts.sum())
    df = float(parts.sum() ** 2 / (parts**2 / [len(a) - 1, len(b) - 1]).sum())
    half = quantile(df) * error
    interval = {"low": effect - half, "high": effect + half}
    return interval | {"error": error, "df": df, "p": two_sided(effect / error, df), "g": hedges(a, b)}


def hedges(a: N, b: M) -> float:
    """Compute Hedges' g: the difference of the means over the pooled deviation, corrected for its bias.

    Source: Hedges 1981, with the exact factor.
    """
    df = len(a) + len(b) - 2
    pooled = math.sqrt((a.var() * len(a) + b.var() * len(b)) / df)
    factor = math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)
    return float(factor * (a.mean() - b.mean()) / pooled)


def pair(ours: Mapping[int, float], other: Mapping[int, float]) -> Pairs:
    """Return what the seeds say that both have."""
    seeds = sorted(ours.keys() & other.keys())
    a, b = (np.array([each[seed] for seed in seeds], dtype=float) for each in (ours, other))
    differences, n = a - b, len(seeds)
    equal = n > 0 and bool(np.allclose(a, b, rtol=1e-9, atol=1e-12))
    if n < 2 or flat(differences):
        return Pairs(n=n, equal=equal, p=None, correlation=correlation(a, b))
    t = differences.mean() / (differences.std(ddof=1) / math.sqrt(n))
    return Pairs(n=n, equal=equal, p=two_sided(t, n - 1), correlation=correlation(a, b))


def correlation(a: N, b: N) -> float | None:
    """Compute Pearson's correlation; None where two values would make it 1, or one side has no spread."""
    return None if len(a) < 3 or flat(a) or flat(b) else float(np.corrcoef(a, b)[0, 1])


def flat(values: N) -> bool:
    """Return whether values differ by rounding alone."""
    return bool(np.ptp(values) <= 1e-9 * np.abs(values).max() + 1e-12)


def quantile(df: int | float) -> float:
    """Return by how many standard errors a 95 % interval reaches to either side."""
    return float(special.stdtrit(df, (1 + CONFIDENCE) / 2))


def two_sided(t: float, df: int | float) -> float:
    """Return the probability of a t at least as far from 0."""
    return float(2 * special.stdtr(df, -abs(t)))
