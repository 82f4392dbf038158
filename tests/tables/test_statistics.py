"""Statistics of a few seeds against values computed by hand, by other programs, and by simulated tables."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snnexp.tables.statistics import Comparison, Pairs, Summary, compare, summarize

FIGURES = st.lists(st.floats(0, 100, allow_subnormal=False), min_size=1, max_size=6)
SEEDS = st.dictionaries(st.integers(1, 9), st.floats(0, 100).map(lambda value: round(value, 2)), min_size=1)


def seeds(*values: float) -> dict[int, float]:
    return dict(enumerate(values, 1))


def compared(a: dict[int, float], b: dict[int, float]) -> Comparison:
    found = compare(a, b)
    assert found is not None
    return found


def test_three_values_by_hand():
    # squares of the deviations -1, -2, 3: 1 + 4 + 9 = 14; t of 97.5 % with 2 degrees of freedom is 4.302653
    found = summarize([93.0, 92.0, 97.0])
    assert (found.n, found.mean, found.std) == (3, 94.0, pytest.approx(math.sqrt(7)))
    half = 4.302653 * math.sqrt(7 / 3)
    assert (found.low, found.high) == pytest.approx((94 - half, 94 + half))


def test_an_interval_of_three_values_is_wider_than_their_range():
    found = summarize([90.0, 91.0, 92.0])  # which the bootstrap's was, and covered the mean three times in four
    assert found.low is not None and found.high is not None and found.low < 89 and found.high > 93


@pytest.mark.parametrize("n", [2, 3, 5, 10])
def test_intervals_cover_the_mean_19_times_in_20(n: int):
    drawn = np.random.default_rng(n).normal(size=(10_000, n))
    found = [summarize(values) for values in drawn.tolist()]
    covered = np.mean([s.low <= 0 <= s.high for s in found if s.low is not None and s.high is not None])
    assert 0.94 <= covered <= 0.96


def test_one_value_has_no_spread():
    assert summarize([91.5]) == Summary(n=1, mean=91.5, std=None, low=None, high=None)


def test_equal_values_have_an_interval_of_length_0():
    found = summarize([0.25, 0.25, 0.25])
    assert (found.mean, found.std, found.low, found.high) == (0.25, 0.0, 0.25, 0.25)


@given(FIGURES)
def test_the_order_changes_nothing_and_the_mean_lies_in_its_interval(values):
    found = summarize(values)
    assert all(summarize(list(order)) == found for order in [sorted(values), values[::-1]])
    if found.low is not None and found.high is not None:
        assert found.low - 1e-9 <= found.mean <= found.high + 1e-9


def test_all_orders_of_three_values():
    assert len({summarize(order) for order in permutations([0.1, 0.2, 0.3])}) == 1


def test_two_arms_by_hand():
    # means 13 and 10, variances 1 and 4 of three each: error sqrt(5/3), df = (5/3)^2 / ((1/9 + 16/9) / 2) = 50/17
    found = compared(seeds(12.0, 13.0, 14.0), seeds(10.0, 8.0, 12.0))
    assert (found.n, found.effect, found.df) == ((3, 3), 3.0, pytest.approx(50 / 17))
    assert found.error == pytest.approx(math.sqrt(5 / 3))
    # pooled deviation sqrt(5/2); J(4) = gamma(2) / (sqrt(2) gamma(3/2)) = sqrt(2 / pi)
    assert found.g == pytest.approx(3 / math.sqrt(2.5) * math.sqrt(2 / math.pi))
    assert found.superiority == pytest.approx(8.5 / 9)  # 12 and 12 are a tie
    assert found.pairs.n == 3 and found.pairs.correlation == pytest.approx(0.5)  # of -1, 0, 1 and 0, -2, 2
    # differences 2, 5, 2: mean 3, deviation sqrt(3), t = 3, p = 1 - t / sqrt(t^2 + 2)
    assert found.pairs.p == pytest.approx(1 - 3 / math.sqrt(11))


def test_asa_on_n_mnist_is_not_called_worse():
    # 1, 2 and 2 recordings of 100: a paired t-test says p = 0.038
    found = compared(seeds(92.0, 90.0, 94.0), seeds(94.0, 91.0, 96.0))
    assert found.pairs.p == pytest.approx(0.038, abs=5e-4) and found.p == pytest.approx(0.42, abs=0.005)


@given(SEEDS, SEEDS)
def test_tests_are_those_of_scipy(a: dict[int, float], b: dict[int, float]):
    from scipy import stats

    found, both = compared(a, b), sorted(a.keys() & b.keys())
    if found.p is not None and min(len({*each.values()}) for each in (a, b)) > 1:  # scipy warns of no spread
        ours, theirs = (list(each.values()) for each in (a, b))
        test = stats.ttest_ind(ours, theirs, equal_var=False)
        assert found.p == pytest.approx(test.pvalue, rel=1e-6, abs=1e-12)
        assert (found.low, found.high) == pytest.approx(tuple(test.confidence_interval(0.95)), rel=1e-6, abs=1e-9)
        wins = stats.mannwhitneyu(ours, theirs).statistic
        assert found.superiority == pytest.approx(wins / len(ours) / len(theirs))
    if found.pairs.p is not None:
        paired = stats.ttest_rel([a[seed] for seed in both], [b[seed] for seed in both]).pvalue
        assert found.pairs.p == pytest.approx(paired, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(("d", "n"), [(0.6 / 0.25, 4), (0.6 / 0.4, 9), (0.6, 45), (1.0, 17), (0.8, 26), (0.5, 64)])
def test_the_detectable_effect_is_that_of_tables_of_power(d: float, n: int):
    # Cohen 1988, table 2.4.1: a difference of d deviations needs n a group at power 0.8, and is missed with fewer
    def detectable(n: int) -> float:
        error = math.sqrt(2 / n)
        found = Comparison(
            n=(n, n),
            effect=0.0,
            superiority=0.5,
            pairs=Pairs(n=0, equal=False, p=None, correlation=None),
            error=error,
            df=2 * n - 2,
        )
        return found.detectable(0.05) or 0.0

    assert detectable(n) <= d < detectable(n - 1)


def test_equivalence_is_two_one_sided_tests():
    from scipy import stats

    a, b = seeds(91.0, 91.2, 90.8, 91.1), seeds(91.0, 90.9, 91.3, 91.0)
    found = compared(a, b)
    lower = stats.ttest_ind(
        [each + 0.5 for each in a.values()], list(b.values()), equal_var=False, alternative="greater"
    )
    upper = stats.ttest_ind([each - 0.5 for each in a.values()], list(b.values()), equal_var=False, alternative="less")
    assert found.equivalence(0.5) == pytest.approx(max(lower.pvalue, upper.pvalue)) and found.equivalence(0.5) < 0.05
    assert found.equivalence(0.01) > 0.05


def test_all_seeds_count_and_those_that_both_have_are_paired():
    found = compared({1: 1.0, 2: 5.0, 4: 9.0}, {2: 3.0, 3: 100.0, 4: 4.0})
    assert found.n == (3, 3) and found.effect == pytest.approx(5 - 107 / 3) and found.pairs.n == 2
    assert compared({1: 1.0}, {2: 1.0}).pairs == Pairs(n=0, equal=False, p=None, correlation=None)
    assert compare({}, {1: 1.0}) is None


def test_a_single_value_or_no_spread_leaves_nothing_to_test_by():
    for a, b in [(seeds(1.0), seeds(0.0, 2.0, 4.0)), (seeds(1.0, 1.0 + 1e-12, 1.0), seeds(0.1 + 0.2, 0.3, 0.3))]:
        found = compared(a, b)
        assert (found.error, found.low, found.p, found.g, found.equivalence(1.0), found.detectable(0.05)) == (None,) * 6
    one = compared(seeds(1.0, 1.0, 1.0), seeds(0.0, 2.0, 4.0))
    assert one.df == pytest.approx(2) and one.p is not None and one.pairs.correlation is None


def test_the_same_difference_in_every_pair_is_no_certainty():
    other = seeds(0.1, 0.7, 0.9)
    found = compared({seed: value + 1 / 360 for seed, value in other.items()}, other)  # equal up to rounding
    assert (found.pairs.p, found.pairs.equal, found.pairs.correlation) == (None, False, pytest.approx(1))
    assert found.p is not None and found.p > 0.9 and compared(other, other).pairs.equal


@given(st.permutations([1, 2, 3, 4]))
def test_the_order_of_the_seeds_changes_nothing(order):
    a, b = {1: 0.3, 2: 0.1, 3: 0.7, 4: 0.2}, {1: 0.1, 2: 0.2, 3: 0.2, 4: 0.15}
    assert compare({s: a[s] for s in order}, {s: b[s] for s in order[::-1]}) == compare(a, b)


def test_folds_are_compared_by_pairs_with_the_corrected_error():
    # differences 1, 2, 1: mean 4/3, variance 1/3; of three folds one is half of what is trained on
    found = compare({1: 3.0, 2: 5.0, 3: 4.0, 4: 9.0}, {1: 2.0, 2: 3.0, 3: 3.0}, overlap=0.5)
    assert found is not None and (found.n, found.df, found.effect) == ((3, 3), 2, pytest.approx(4 / 3))
    assert found.error == pytest.approx(math.sqrt(1 / 3 * (1 / 3 + 1 / 2)))
    t = 4 / 3 / found.error
    assert found.p == pytest.approx(1 - t / math.sqrt(2 + t**2))  # of two degrees of freedom
    assert found.low == pytest.approx(4 / 3 - 4.302653 * found.error)
    plain, wider = summarize([1.0, 2.0, 3.0]), summarize([1.0, 2.0, 3.0], overlap=0.5)
    assert plain.high and wider.high and (wider.high - 2) == pytest.approx((plain.high - 2) * math.sqrt(2.5))


def test_the_same_difference_on_each_fold_leaves_nothing_to_test_by():
    found = compare({1: 3.0, 2: 4.0}, {1: 2.0, 2: 3.0}, overlap=1.0)
    assert found is not None and found.effect == 1 and found.p is None and found.error is None
