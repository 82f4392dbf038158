"""Conditions on the same test items, by hand and on simulated ones."""

from itertools import product

import numpy as np
import pytest

from snnexp.metrics.base.items import encode
from snnexp.tables.items import Items, compare, compare_gains, flipped


def right(*seeds: str) -> dict[int, str]:
    """What each seed got right, from a digit for each item."""
    return {seed: encode(np.array([each == "1" for each in items])) for seed, items in enumerate(seeds, 1)}


def test_one_seed_is_mcnemar_s_exact_test():
    # nine items are the first's alone and one the other's: of ten coins at most one on that side, twice (1 + 10) / 1024
    found = compare(right("1" * 9 + "0" + "11" + "00"), right("0" * 9 + "1" + "11" + "00"))
    assert found is not None and (found.n, found.more, found.fewer) == (14, 9, 1)
    assert found.p == pytest.approx(22 / 1024) and found.granular


def test_an_item_counts_once_however_many_seeds_miss_it():
    # of four items: 3 right against 0, 2 against 2, 1 against 1, 0 against 1
    found = compare(right("1110", "1100", "1000"), right("0101", "0110", "0000"))
    assert found == Items(n=4, more=1, fewer=1, balance=0, p=1.0)
    assert compare(right("1010"), right("1010")) == Items(n=4, more=0, fewer=0, balance=0, p=1.0)


def test_five_recordings_of_a_hundred_show_nothing():
    # as "ASA as published" on N-MNIST: 1, 2 and 2 recordings fewer in the three seeds, at best five different ones
    vanilla = right(*["1" * 100] * 3)
    asa = right("0" + "1" * 99, "1" + "00" + "1" * 97, "111" + "00" + "1" * 95)
    found = compare(asa, vanilla)
    assert found is not None and (found.fewer, found.more, found.p) == (5, 0, pytest.approx(2 / 32))


def test_only_shared_seeds_and_items_are_compared():
    assert compare({1: "4:f0"}, {2: "4:f0"}) is None and compare({1: "4:f0"}, {1: "5:f0"}) is None
    assert compare({}, {1: "4:f0"}) is None
    found = compare({1: "4:f0", 2: "4:f0"}, {2: "4:70", 3: "4:00"})
    assert found is not None and (found.more, found.fewer) == (1, 0)


@pytest.mark.parametrize(
    "counts", [[3, -1, 1, 2, 0], [2, 2, 2, -1], [1] * 9 + [-1], [0, 0], [-2, 2], [-4, 1, -1, 1, -2]]
)
def test_p_is_that_of_all_signs(counts: list[int]):
    sums = np.array([np.dot(signs, counts) for signs in product((-1, 1), repeat=len(counts))])
    assert flipped(np.array(counts)) == pytest.approx(np.mean(np.abs(sums) >= abs(sum(counts))), abs=1e-12)


def test_a_gain_counts_an_item_by_how_much_more_often_it_is_had():
    # gains of the first by item: 2, 1, 0, 0; of the other: 0, 1, 0, 1
    found = compare_gains(right("1100", "1010"), right("0000", "0010"), right("0101", "0000"), right("0000", "0000"))
    assert found is not None and (found.n, found.more, found.fewer, found.balance) == (4, 1, 1, 1)
    assert found.p == pytest.approx(1)
    # nine items that one gains and the other does not, one the other way round, as in McNemar's test above
    all_right, none = right("1" * 10), right("0" * 10)
    found = compare_gains(all_right, right("0" * 9 + "1"), right("0" * 9 + "1"), none)
    assert found is not None and (found.balance, found.p) == (8, pytest.approx(22 / 1024))
    assert compare_gains(all_right, none, {}, none) is None


def test_no_more_than_one_null_of_gains_in_20_is_rejected():
    draw = np.random.default_rng(7)
    rejected = 0
    for _ in range(500):  # the same gain over an easy and over a hard base
        easy, hard = (draw.beta(4, 1, size=60) * 0.8, draw.beta(1, 3, size=60) * 0.8)
        chances = easy + 0.1, easy, hard + 0.1, hard
        found = compare_gains(*({seed: encode(draw.random(60) < each) for seed in range(3)} for each in chances))
        rejected += found is not None and found.p < 0.05
    assert rejected / 500 <= 0.065


@pytest.mark.parametrize("seeds", [1, 3])
def test_no_more_than_one_null_in_20_is_rejected(seeds: int):
    draw = np.random.default_rng(seeds)
    rejected = 0
    for _ in range(500):  # of items that are easy and hard
        chances = draw.beta(4, 1, size=60)
        ours, theirs = ({seed: encode(draw.random(60) < chances) for seed in range(seeds)} for _ in range(2))
        found = compare(ours, theirs)
        rejected += found is not None and found.p < 0.05
    assert rejected / 500 <= 0.055
