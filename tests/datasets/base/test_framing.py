import numpy as np
import pytest
import tonic
import torch

from snnexp.datasets.base.events import EVENTS
from snnexp.datasets.base.framing import by_number, by_number_max, by_time, by_window, counts, nearest
from snnexp.errors import UserError


def events(n: int = 500, seed: int = 0, size: tuple[int, int] = (4, 6), span: int = 1000) -> np.ndarray:
    rng = np.random.default_rng(seed)
    made = np.zeros(n, EVENTS)
    made["x"], made["y"] = rng.integers(0, size[1], n), rng.integers(0, size[0], n)
    made["t"], made["p"] = 700 + np.sort(rng.integers(0, span, n)), rng.integers(0, 2, n)
    return made


def by_hand(made: np.ndarray, bins, T: int, size: tuple[int, int], ds: int = 1) -> np.ndarray:
    expected = np.zeros((T, 2, *size), np.int64)
    for (x, y, _, p), b in zip(made.tolist(), bins, strict=True):
        if b < T:
            expected[b, int(p), y // ds, x // ds] += 1
    return expected


@pytest.mark.parametrize("T", [1, 3, 10])
def test_bins_of_equal_duration_keep_every_event(T: int):
    made = events(seed=T)
    first, last = int(made["t"][0]), int(made["t"][-1])
    bins = [(t - first) * T // (last - first + 1) for t in made["t"].tolist()]
    frames = by_time(made, T, (4, 6))
    assert np.array_equal(frames, by_hand(made, bins, T, (4, 6))) and frames.sum() == 500


@pytest.mark.parametrize("dt", [7, 100, 5000])
@pytest.mark.parametrize("ds", [1, 2])
def test_a_window_has_exactly_T_frames_and_all_events_inside(dt: int, ds: int):
    made = events(seed=dt)
    size = (4 // ds, 6 // ds)
    bins = [(t - int(made["t"][0])) // dt for t in made["t"].tolist()]
    frames = by_window(made, 8, dt, size, ds)
    assert np.array_equal(frames, by_hand(made, bins, 8, size, ds))
    assert frames.sum() == (made["t"] < made["t"][0] + 8 * dt).sum()


def test_frames_without_events_are_zero():
    assert by_window(events(0), 5, 10, (4, 6)).shape == (5, 2, 4, 6) and by_window(events(0), 5, 10, (4, 6)).sum() == 0
    late = events(2)
    late["t"] = [0, 45]
    assert by_window(late, 5, 10, (4, 6)).sum((1, 2, 3)).tolist() == [1, 0, 0, 0, 1]


@pytest.mark.parametrize(("n", "T"), [(20, 10), (29, 10), (500, 7), (10, 10), (3, 1)])
def test_frames_by_number_hold_the_floor_and_the_last_the_rest(n: int, T: int):
    made = events(n)
    frames = by_number(made, T, (4, 6))
    assert frames.sum((1, 2, 3)).tolist() == [n // T] * (T - 1) + [n // T + n % T]
    assert np.array_equal(frames, by_hand(made, [min(i // (n // T), T - 1) for i in range(n)], T, (4, 6)))


def test_too_few_events_for_frames_by_number_are_told():
    with pytest.raises(UserError, match="9 events are too few for T=10"):
        by_number(events(9), 10, (4, 6))


def test_frames_by_number_are_divided_by_their_own_maximum():
    made = events(300)
    frames, whole = by_number_max(made, 10, (4, 6)), by_number(made, 10, (4, 6))
    assert frames.dtype == np.float32 and frames.max((1, 2, 3)).tolist() == [1.0] * 10
    for frame, count in zip(frames, whole, strict=True):
        assert np.array_equal(frame, (count / count.max()).astype(np.float32))


@pytest.mark.parametrize(("old", "new"), [((128, 128), (48, 48)), ((6, 9), (4, 3)), ((5, 5), (5, 5))])
def test_resizing_is_torchs_nearest(old: tuple[int, int], new: tuple[int, int]):
    frames = np.random.default_rng(0).random((3, 2, *old), np.float32)
    expected = torch.nn.functional.interpolate(torch.from_numpy(frames), new, mode="nearest")
    assert np.array_equal(nearest(frames, new), expected.numpy())


def test_a_cell_may_lie_beyond_sixteen_bits():
    made = events(1)
    made["x"], made["y"] = 345, 259
    frame = counts(made, np.zeros(1, np.int64), 1, (260, 346))
    assert frame[0, int(made["p"][0]), 259, 345] == 1 and frame.sum() == 1


def test_tonics_frames_agree_but_for_the_events_it_drops_at_the_edge():
    made = events(500, span=900)
    made["t"] = np.sort(np.concatenate([[700, 1600], made["t"][2:]]))
    theirs = tonic.transforms.ToFrame(sensor_size=(6, 4, 2), time_window=100, start_time=700, end_time=1500)(made)
    ours = by_window(made, 8, 100, (4, 6))
    assert np.array_equal(ours, theirs)
    dropped = (
        by_time(made, 9, (4, 6)).sum() - tonic.transforms.ToFrame(sensor_size=(6, 4, 2), n_time_bins=9)(made).sum()
    )
    assert 1 <= dropped <= 3
