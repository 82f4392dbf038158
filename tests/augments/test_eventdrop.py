import numpy as np
import pytest
import torch

from snnexp.augments.base import Chain
from snnexp.augments.crop import Crop
from snnexp.augments.eventdrop import Eventdrop
from snnexp.errors import UserError

EVENTS = np.dtype([("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", np.bool_)])


def events(n: int = 2000) -> np.ndarray:
    rng = np.random.default_rng(3)
    made = np.zeros(n, EVENTS)
    made["x"], made["y"] = rng.integers(0, 128, (2, n))
    made["t"], made["p"] = np.sort(rng.integers(0, 900_000, n)), rng.integers(0, 2, n)
    made["t"] -= made["t"][:1]
    return made


def kept(which: int, seed: int, legacy: bool = False, made: np.ndarray | None = None) -> np.ndarray:
    drop = Eventdrop(resolution=32 if legacy else 128, legacy_eventdrop=legacy)
    return drop.select(events() if made is None else made, torch.tensor([which, seed]))


@pytest.mark.parametrize("which", [0, 1, 2, 3])
@pytest.mark.parametrize("seed", range(8))
def test_what_stays_is_sorted_by_time(which: int, seed: int):
    indices = kept(which, seed)
    assert (np.diff(indices) > 0).all() and 0 < len(indices) <= 2000
    assert len(indices) == 2000 or which > 0


@pytest.mark.parametrize("seed", range(20))
def test_a_time_goes_whole(seed: int):
    gone = np.setdiff1d(np.arange(2000), kept(1, seed))
    t = events()["t"]
    if len(gone):
        assert (np.diff(gone) == 1).all()
        share = (t[gone[-1]] - t[gone[0]]) / t[-1]
        assert share < 0.9 and (gone[-1] == 1999 or share > 0.09)


def test_every_share_of_a_random_choice_comes_as_often():
    sizes = np.bincount([2000 - len(kept(3, seed)) for seed in range(900)])
    assert np.flatnonzero(sizes).tolist() == [200 * share for share in range(1, 10)]
    assert sizes[sizes > 0].min() > 60 and sizes.max() < 145


@pytest.mark.parametrize("seed", range(20))
def test_an_area_goes_and_nothing_beside_it(seed: int):
    made = events(40_000)
    gone = np.setdiff1d(np.arange(len(made)), kept(2, seed, made=made))
    x, y = made["x"][gone], made["y"][gone]
    inside = (made["x"] >= x.min()) & (made["x"] <= x.max()) & (made["y"] >= y.min()) & (made["y"] <= y.max())
    assert np.array_equal(np.flatnonzero(inside), gone)
    assert x.max() - x.min() <= 0.95 * 128 + 1 and y.max() - y.min() <= 0.95 * 128 + 1


def test_where_all_would_go_all_stay():
    made = np.repeat(events(1), 50)
    assert {len(kept(1, seed, made=made)) for seed in range(40)} == {50}
    assert len(kept(3, 0, made=events(0))) == 0


def published_area(made: np.ndarray, seed: int) -> np.ndarray:
    """drop_by_area of the published code on gait's columns t, x, y, p, at resolution 32."""
    rng = np.random.default_rng(seed)
    side = 32 * rng.integers(1, 20) / 20
    a, b = rng.uniform(0, 32, 2)
    a, b = int(max(0, a - side / 2)), int(max(0, b - side / 2))
    rows = np.stack([made["t"], made["x"], made["y"], made["p"].astype(int)], 1)
    first = (rows[:, 2] < a) | (rows[:, 2] > min(32, a + side))
    second = (rows[:, 3] < b) | (rows[:, 3] > min(32, b + side))
    left = np.flatnonzero(first & second)
    return left if len(left) else np.arange(len(made))


@pytest.mark.parametrize("seed", range(20))
def test_the_published_area_is_one_of_rows_and_polarity(seed: int):
    assert np.array_equal(kept(2, seed, legacy=True), published_area(events(), seed))


def test_the_published_choice_leaves_the_events_in_disorder():
    indices = kept(3, 5, legacy=True)
    assert len(np.unique(indices)) == len(indices) and not (np.diff(indices) > 0).all()
    assert np.array_equal(np.sort(indices), kept(3, 5))


def test_each_of_the_four_is_as_likely():
    draws = Eventdrop().draw(40_000, (32, 32), torch.Generator().manual_seed(0))
    assert draws[:, 0].bincount().tolist() == pytest.approx([10_000] * 4, rel=0.05)
    assert len(draws[:, 1].unique()) == 40_000


def test_a_chain_drops_twice():
    chain = Chain(a=Eventdrop(), b=Eventdrop())
    draw = torch.tensor([3, 1, 1, 2])
    once = kept(3, 1)
    assert np.array_equal(chain.select(events(), draw), once[kept(1, 2, made=events()[once])])
    assert len(Chain().select(events(), torch.empty(0, dtype=torch.int64))) == 2000


def test_images_and_events_need_recipes_of_their_own():
    with pytest.raises(UserError, match="gives frames or images"):
        Eventdrop()(torch.zeros(1, 1, 2, 2), torch.zeros(1, 2, dtype=torch.int64))
    with pytest.raises(UserError, match="crop changes images, this data set gives events"):
        Crop(padding=1).select(events(), torch.zeros(2, dtype=torch.int64))


def test_refuses_a_resolution_below_one():
    with pytest.raises(UserError, match=r"augment\.eventdrop\.resolution=0"):
        Eventdrop(resolution=0)
