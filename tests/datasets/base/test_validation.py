"""Which samples are held out: a share of each class, whole subjects, and never all of a class."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from snnexp.datasets.base.validation import divide, of_classes
from snnexp.errors import UserError

labels = st.lists(st.integers(0, 3), min_size=2, max_size=60).filter(lambda y: max(map(y.count, y)) > 1)
shares = st.floats(0.01, 0.99)


@given(labels, shares)
def test_each_class_gives_its_share_and_keeps_samples(y: list[int], share: float):
    rest, held = divide(torch.tensor(y), share)
    assert sorted([*rest.tolist(), *held.tolist()]) == list(range(len(y)))
    assert rest.tolist() == sorted(rest.tolist()) and held.tolist() == sorted(held.tolist())
    for label in set(y):
        n, given = y.count(label), sum(y[row] == label for row in held.tolist())
        assert given == (min(max(1, round(share * n)), n - 1))


@given(labels, shares)
def test_a_share_of_each_class_is_never_none_of_it(y: list[int], share: float):
    used = torch.tensor(y)[of_classes(torch.tensor(y), share, "share", 0)].tolist()
    assert {label: used.count(label) for label in used} == {k: max(1, round(share * y.count(k))) for k in set(y)}


def test_the_samples_are_drawn_and_always_the_same():
    y = torch.arange(100) % 2
    (rest, held), (_, again) = divide(y, 0.1), divide(y, 0.1)
    assert held.tolist() == again.tolist() and len(rest) == 90
    assert held.tolist() not in (list(range(10)), list(range(90, 100)))
    assert divide(y, 0.1)[1].tolist() != (99 - held).flip(0).tolist()


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=60), shares)
def test_subjects_are_never_split_and_no_class_is_lost(samples: list[tuple[int, int]], share: float):
    y, subjects = [label for label, _ in samples], [subject for _, subject in samples]
    try:
        rest, held = divide(torch.tensor(y), share, subjects)
    except UserError:
        last = [{s for label, s in samples if label == k} for k in set(y)]
        assert all({subject} in last for subject in subjects)
        return
    assert sorted([*rest.tolist(), *held.tolist()]) == list(range(len(y)))
    assert {subjects[row] for row in rest.tolist()}.isdisjoint(subjects[row] for row in held.tolist())
    assert {y[row] for row in rest.tolist()} == set(y)


def test_subjects_are_taken_by_what_they_bring_of_each_class():
    """Twenty subjects of whom half recorded one class and half another, two of each: a tenth is one of either kind."""
    subjects = [subject for subject in range(20) for _ in range(2)]
    y = torch.tensor([subject % 2 for subject in subjects])
    _, held = divide(y, 0.1, subjects)
    assert len(held) == 4 and y[held].sum() == 2


@pytest.mark.parametrize(
    ("subjects", "told"), [(None, "each sample is the last one"), ([1, 2], "each subject is the last one")]
)
def test_what_would_take_a_class_away_is_refused(subjects: list[int] | None, told: str):
    with pytest.raises(UserError, match=f"dataset.validation=0.1: nothing can be held out, {told}"):
        divide(torch.tensor([0, 1]), 0.1, subjects)
