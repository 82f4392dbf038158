"""Primary comparisons judged together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snnexp.tables.family import Judged, holm, judge, together
from snnexp.tables.items import Items
from snnexp.tables.statistics import Comparison, compare

P = st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=8)


def test_holm_by_hand():
    # sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.04, and none below the one before it
    assert holm([0.03, 0.01, 0.04, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.6]) == [1.0, 1.0] and holm([]) == []


def test_what_is_planned_counts_before_it_is_measured():
    assert holm([0.02, None, None]) == [pytest.approx(0.06), None, None]


def test_differences_and_equivalence_are_one_family_of_which_half_can_be_true():
    # sorted 0.01, 0.02, 0.03, 0.04 times 2, 2, 2, 1
    assert together([0.01, 0.03], [0.04, 0.02]) == (pytest.approx([0.02, 0.06]), pytest.approx([0.06, 0.04]))
    assert together([0.01, 0.03], None) == (pytest.approx([0.02, 0.03]), [None, None])


@pytest.mark.count(300, 2_000)
def test_no_more_than_a_table_in_20_says_anything_that_is_wrong(count: int):
    """Two conditions equal vanilla, and two differ from it by the margin: a word of either kind can be wrong."""
    equal, apart = tables(count, 2, 8, 0.0), tables(count, 2, 8, 3.0)
    families = [judge([*some, *others], 3.0) for some, others in zip(equal, apart, strict=True)]
    wrong = [any(each.shown for each in f[:2]) or any(each.equivalent for each in f[2:]) for f in families]
    assert np.mean(wrong) <= bound(count)


@given(P)
def test_holm_lies_between_none_and_bonferroni_and_keeps_the_order(p):
    adjusted = holm(p)
    known = [(each, after) for each, after in zip(p, adjusted, strict=True) if each is not None and after is not None]
    assert all(each <= after + 1e-15 and after <= min(1, len(p) * each) + 1e-15 for each, after in known)
    assert [after for _, after in sorted(known)] == sorted(after for _, after in known)


def tables(count: int, conditions: int, n: int, shift: float) -> list[list[Comparison | None]]:
    """Families of conditions against one vanilla, from which none truly differs by other than `shift` deviations."""
    drawn = np.random.default_rng(7).normal(size=(count, conditions + 1, n))
    drawn[:, 1:] += shift
    return [
        [compare(dict(enumerate(condition)), dict(enumerate(vanilla))) for condition in others]
        for vanilla, *others in drawn.tolist()
    ]


def bound(count: int) -> float:
    """What 2,000 tables hold, 5.5 %; fewer tell it less exactly."""
    return 0.05 + 10 / count


@pytest.mark.count(300, 2_000)
@pytest.mark.parametrize(("n", "conditions"), [(3, 6), (8, 3)])
def test_no_more_than_a_table_in_20_shows_a_difference_where_there_is_none(n: int, conditions: int, count: int):
    families = tables(count, conditions, n, 0.0)
    assert np.mean([any(each.shown for each in judge(family, None)) for family in families]) <= bound(count)
    alone = [any(each.p < 0.05 for each in family if each and each.p) for family in families]
    assert np.mean(alone) > 0.08  # what the tests would show without a correction


@pytest.mark.count(300, 2_000)
def test_no_more_than_a_table_in_20_calls_equivalent_what_differs_by_the_margin(count: int):
    families = tables(count, 3, 8, 3.0)
    assert np.mean([any(each.equivalent for each in judge(family, 3.0)) for family in families]) <= bound(count)


@pytest.mark.parametrize(
    ("n", "p", "shown"),
    [(100, 0.2, False), (100, 0.02, True), (999, 0.05, False), (1_000, 0.2, True), (None, None, True)],
)
def test_few_test_items_must_show_it_too(n: int | None, p: float | None, shown: bool):
    found = compare({1: 9.0, 2: 9.1, 3: 9.2}, {1: 1.0, 2: 1.1, 3: 1.2})
    items = None if n is None or p is None else Items(n=n, more=2, fewer=1, balance=1, p=p)
    (judged,) = judge([found], items=[items])
    assert judged.by_seeds and judged.shown == shown


def test_items_that_speak_for_the_other_arm_show_nothing():
    found = compare({1: 9.0, 2: 9.1, 3: 9.2}, {1: 1.0, 2: 1.1, 3: 1.2})
    (judged,) = judge([found], items=[Items(n=100, more=21, fewer=46, balance=-25, p=0.003)])
    assert judged.by_seeds and judged.p_items == 1 and not judged.shown


def test_nothing_is_equivalent_on_a_handful_of_items():
    found = compare({1: 9.0, 2: 9.1, 3: 9.2}, {1: 9.0, 2: 9.1, 3: 9.2})
    few, many = (judge([found], 1.0, [Items(n=n, more=1, fewer=1, balance=0, p=1.0)])[0] for n in (100, 1_000))
    assert many.equivalent and not few.equivalent


def test_the_detectable_effect_grows_with_the_family_and_needs_a_measurement():
    found = compare({1: 1.0, 2: 2.0, 3: 3.0}, {1: 1.5, 2: 2.0, 3: 2.9})
    (alone,), (among, planned) = judge([found], None), judge([found, None], None)
    assert alone.detectable is not None and among.detectable is not None and alone.detectable < among.detectable
    assert planned == Judged(p=None, detectable=None, margin=None, p_equivalent=None) and not planned.shown
