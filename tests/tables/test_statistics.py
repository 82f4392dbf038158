"""Statistics of a few seeds against values computed by hand."""

import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snnexp.tables.statistics import Summary, compare, summarize

FIGURES = st.lists(st.floats(0, 100, allow_subnormal=False), min_size=1, max_size=6)


def test_three_values_by_hand():
    # squares of the deviations -2, -1, 3: 4 + 1 + 9 = 14
    found = summarize([93.0, 92.0, 97.0])
    assert (found.n, found.mean, found.low, found.high) == (3, 94.0, 92.0, 97.0)
    assert found.std == pytest.approx(math.sqrt(14 / 2))


def test_five_values_by_their_exact_bootstrap():
    # Of the 5^5 = 3125 sums of five draws from 0, 0, 0, 0, 1, those of k ones have the share C(5, k) 0.2^k 0.8^(5-k):
    # 0.328, 0.410, 0.205, 0.051, 0.006, 0.0003; 0.025 are cut off at either end, which leaves 0 to 3 ones.
    found = summarize([0.0, 0.0, 1.0, 0.0, 0.0])
    assert (found.low, found.high) == (0.0, pytest.approx(0.6))


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


def test_pairs_by_hand():
    # differences 1, 2, 3: mean 2, standard deviation 1, t = 2 sqrt(3) with 2 degrees of freedom, where
    # p = 1 - t / sqrt(t^2 + 2) = 1 - sqrt(12 / 14), and the interval is 2 +- 4.302653 / sqrt(3)
    found = compare({1: 11.0, 2: 22.0, 3: 33.0}, {3: 30.0, 1: 10.0, 2: 20.0})
    assert found is not None and (found.pairs, found.effect) == (3, 2.0)
    assert found.p == pytest.approx(1 - math.sqrt(12 / 14))
    assert (found.low, found.high) == pytest.approx((2 - 4.302653 / math.sqrt(3), 2 + 4.302653 / math.sqrt(3)))
    assert found.sign == 0  # p = 0.074


@pytest.mark.parametrize("turn", [1, -1])
def test_a_difference_that_is_shown_has_its_sign(turn: int):
    # differences 1.0, 1.1, 0.9: t = 1 / (0.1 / sqrt(3)) = 17.3, p = 1 - sqrt(300 / 302) = 0.0033
    found = compare({1: turn * 1.0, 2: turn * 1.1, 3: turn * 0.9}, dict.fromkeys((1, 2, 3), 0.0))
    assert found is not None and found.p == pytest.approx(1 - math.sqrt(300 / 302)) and found.sign == turn


def test_only_common_seeds_are_paired():
    arm, other = {1: 1.0, 2: 5.0, 4: 9.0}, {2: 3.0, 3: 100.0, 4: 4.0}
    found = compare(arm, other)
    assert found is not None and (found.pairs, found.effect) == (2, 3.5)  # of 5 - 3 and 9 - 4
    assert compare({1: 1.0}, {2: 1.0}) is None


def test_two_pairs_show_nothing_however_clear():
    found = compare({1: 10.0, 2: 10.001}, {1: 0.0, 2: 0.0})
    assert found is not None and found.p is not None and found.p < 0.05 and found.sign == 0


@pytest.mark.parametrize("shift", [1 / 360, 0.0])
def test_the_same_difference_in_every_pair_is_no_certainty(shift: float):
    other = {1: 0.1, 2: 0.7, 3: 0.9}
    found = compare({seed: value + shift for seed, value in other.items()}, other)  # equal up to rounding
    assert found is not None and found.effect == pytest.approx(shift)
    assert (found.pairs, found.low, found.high, found.p, found.sign) == (3, None, None, None, 0)


@given(st.permutations([1, 2, 3, 4]))
def test_the_order_of_the_seeds_changes_nothing(order):
    arm, other = {1: 0.3, 2: 0.1, 3: 0.7, 4: 0.2}, {1: 0.1, 2: 0.2, 3: 0.2, 4: 0.15}
    assert compare({s: arm[s] for s in order}, {s: other[s] for s in order[::-1]}) == compare(arm, other)


def test_all_orders_of_three_values():
    assert len({summarize(order) for order in permutations([0.1, 0.2, 0.3])}) == 1
