"""Training and test set divided again: every sample is tested once, by one seed, and never trained on as well."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from snnexp.config.compose import compose
from snnexp.datasets.base import Files, Split
from snnexp.datasets.base.folds import fold
from snnexp.errors import UserError
from snnexp.training.assembly import describe_dataset


def numbered(y: list[int], first: int = 0) -> Split:
    """Samples that are their own numbers."""
    return Split(torch.arange(first, first + len(y))[:, None], torch.tensor(y))


@given(st.lists(st.integers(0, 3), min_size=17, max_size=40), st.integers(2, 5), st.integers(0, 3))
def test_the_seeds_of_a_division_test_every_sample_once(y: list[int], folds: int, division: int):
    train, test = numbered(y), numbered(y[:3], len(y))
    tested = []
    for seed in range(1, folds + 1):
        rest, held = fold(train, test, folds, division * folds + seed)
        assert sorted([*rest.x.flatten().tolist(), *held.x.flatten().tolist()]) == list(range(len(y) + len(y[:3])))
        counts = torch.bincount(held.y, minlength=4) * folds - torch.bincount(torch.cat([train.y, test.y]), minlength=4)
        assert int(counts.abs().max()) < folds  # each class is spread evenly
        tested += held.x.flatten().tolist()
    assert sorted(tested) == list(range(len(y) + len(y[:3])))


def test_the_next_seeds_divide_in_another_way():
    y = [0] * 30
    first, again, later = (fold(numbered(y), numbered([0], 30), 3, seed)[1].x.flatten().tolist() for seed in (1, 1, 4))
    assert first == again != later


def test_a_run_tests_the_fold_of_its_seed_wherever_its_data_are_loaded():
    composed = [compose(["dataset.folds=3", f"seed={seed}"]) for seed in (1, 2)]
    one, two = (describe_dataset(each) for each in composed)
    (train, test), (_, other) = one.load(1), two.load(1)
    assert len(train) + len(test) == 1797 and abs(len(test) - 599) < 10 and not torch.equal(test.x, other.x)
    assert one.describe() == two.describe() == "digits: 1797 images, tested in 3 folds"


def test_what_cannot_be_divided_is_refused():
    files = Files(lambda row, generator: torch.zeros(1), torch.zeros(4, dtype=torch.int64), (1, 1), 0)
    with pytest.raises(UserError, match=r"dataset.folds=2: only sets whose samples lie in memory can be divided again"):
        fold(files, files, 2, 1)
    with pytest.raises(UserError, match=r"dataset.folds=1: must be at least 2, as 10; 0 for training and test set"):
        compose(["dataset.folds=1"])
    with pytest.raises(UserError, match=r"dataset.folds=2: the weights that init_from names may have been trained on"):
        compose(["dataset.folds=2", "init_from=run"])
    with pytest.raises(UserError, match=r"dataset.folds=9: leaves folds without any of the 8 samples; give fewer"):
        fold(numbered([0] * 5), numbered([0] * 3, 5), 9, 1)
    with pytest.raises(UserError, match=r"seed=0: dataset.folds=2 tests the fold that the seed names, from 1 on"):
        compose(["dataset.folds=2", "seed=0"])
    gestures = describe_dataset(compose(["dataset.folds=2"]))
    gestures.subjects = lambda: [1]
    with pytest.raises(UserError, match=r"dataset.folds=2: would test people who are trained on, too; give 0"):
        gestures.load(1)
