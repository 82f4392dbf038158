"""The loaders of a run's data, with a part of the training set held out for validation."""

import pytest
import torch

from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.machine.team import Team
from snnexp.training.assembly import make
from snnexp.training.loading import Loaders, load

TINY = ["backbone.width=2", "T=1", "device=cpu"]


def loaders(*overrides: str, team: Team | None = None) -> Loaders:
    composed = compose([*TINY, *overrides])
    dataset, trainer = make(composed, team)
    return load(composed, dataset, trainer)


def test_what_is_held_out_is_the_same_for_every_seed_and_is_not_trained_on():
    one, other, whole = (
        loaders(*words) for words in (["dataset.validation=0.1"], ["dataset.validation=0.1", "seed=2"], [])
    )
    assert whole.validation is None and (whole.train.samples, whole.test.samples) == (1437, 360)
    assert (one.train.samples, one.validation.samples, one.test.samples) == (1295, 142, 360)
    assert torch.equal(one.validation.x, other.validation.x) and torch.equal(one.train.x, other.train.x)
    rows = {row.numpy().tobytes() for row in one.validation.x}
    assert rows.isdisjoint(row.numpy().tobytes() for row in one.train.x)
    assert one.validation.augment is None and not one.validation.shuffle


def test_a_share_of_each_class_is_trained_on_and_judged_by_the_same_samples():
    words = ["dataset.validation=0.1", "dataset.share=0.2"]
    some, other, whole = loaders(*words), loaders(*words, "seed=2"), loaders("dataset.validation=0.1")
    assert (some.train.samples, some.test.samples) == (259, 360)  # a fifth of each class of 1,295
    assert torch.equal(some.train.x, other.train.x) and torch.equal(some.validation.x, whole.validation.x)
    assert {row.numpy().tobytes() for row in some.train.x} < {row.numpy().tobytes() for row in whole.train.x}
    assert "259 training, 142 validation, 360 test" in some.train.dataset.describe()
    with pytest.raises(UserError, match=r"dataset.share=0.0: must be a share of the training set, as 0.1; 1 for all"):
        compose(["dataset.share=0"])


def test_a_share_of_fewer_samples_than_a_batch_is_refused():
    told = r"dataset.share=1e-09: leaves 10 of 1437 samples to train on, fewer than a batch; .*trainer.batch_size=10"
    with pytest.raises(UserError, match=told):
        loaders("dataset.share=1e-9")
    assert loaders("dataset.share=1e-9", "trainer.batch_size=10").train.samples == 10


def test_event_sets_hold_out_recordings():
    found = loaders("dataset=digits_dvs", "augment=none", "dataset.validation=0.25")
    x, _ = next(found.validation.epoch(0))
    assert x.shape == (1, 256, 2, 28, 28) and found.validation.samples + found.train.samples == 1437


def test_each_process_of_a_team_needs_a_sample():
    team = Team("cpu")
    team.size = 11
    with pytest.raises(UserError, match=r"launch\.nproc=11: only 10 samples to evaluate"):
        loaders("dataset.validation=0.001", "trainer.batch_size=22", team=team)
