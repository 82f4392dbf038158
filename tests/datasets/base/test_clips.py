import numpy as np
import pytest
import torch

from snnexp.augments.base import Chain
from snnexp.augments.crop import Crop
from snnexp.augments.eventdrop import Eventdrop
from snnexp.datasets.base import Recordings
from snnexp.datasets.base.clips import ClipLoader, cut, fixed_starts, frame_bounds, random_start
from snnexp.datasets.base.events import EVENTS
from snnexp.datasets.base.framing import by_window
from snnexp.datasets.nmnist import Nmnist
from snnexp.errors import UserError

SENSOR = (12, 16)
T, DT, DS = 5, 40, 2


def recording(seed: int, n: int = 300, span: int = 1000) -> np.ndarray:
    rng = np.random.default_rng(seed)
    made = np.zeros(n, EVENTS)
    made["x"], made["y"] = rng.integers(0, SENSOR[1], n), rng.integers(0, SENSOR[0], n)
    made["t"], made["p"] = np.sort(rng.integers(0, span, n)), rng.integers(0, 2, n)
    made["t"] -= made["t"][0]
    return made


def packed(made: np.ndarray) -> np.ndarray:
    address = (made["p"].astype(int) * SENSOR[0] + made["y"]) * SENSOR[1] + made["x"]
    return np.stack([made["t"], address], 1).astype(np.int32)


RECORDINGS = [recording(seed, span=600 if seed == 3 else 90 if seed == 5 else 2500) for seed in range(23)]


def split(clips: int | None = None) -> Recordings:
    ends = np.cumsum([len(made) for made in RECORDINGS])
    bounds = np.stack([ends - [len(made) for made in RECORDINGS], ends], axis=1)
    events = np.concatenate([packed(made) for made in RECORDINGS])
    return Recordings(events, bounds, torch.arange(23), SENSOR, (6, 8), T, DT, DS, clips or 1, is_random=clips is None)


def loader(
    clips: int | None = None, batch_size: int = 4, seed: int = 1, shuffle: bool = True, augment=None
) -> ClipLoader:
    return ClipLoader(
        split(clips), dataset=Nmnist(), batch_size=batch_size, seed=seed, device="cpu", shuffle=shuffle, augment=augment
    )


def epoch(loader: ClipLoader, number: int = 0, start: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    x, y = zip(*loader.epoch(number, start), strict=True)
    return torch.cat(x, dim=1), torch.cat(y)


@pytest.mark.parametrize(
    ("span", "starts"),
    [
        (6000, [0, 600, 1200, 1800, 2400, 3000, 3600, 4200, 4800, 5100]),
        (12000, [1200 * number for number in range(10)]),
        (500, [0] * 10),
    ],
)
def test_the_specifications_test_clips(span: int, starts: list[int]):
    assert fixed_starts(span, 900, 10) == starts


@pytest.mark.parametrize("span", [901, 7777, 9000, 9001, 12345])
def test_test_clips_are_those_of_the_published_rule(span: int):
    step = 900 - (9000 - span) // 10 if span < 9000 else 900 + (span - 9000) // 10
    expected = [min(number * step, span - 900) for number in range(10)]
    assert fixed_starts(span, 900, 10) == expected


@pytest.mark.parametrize(("span", "last"), [(1000, 99), (900, 0), (100, 0)])
def test_random_starts_fill_the_recording(span: int, last: int):
    starts = {random_start(span, 900, u) for u in np.linspace(0, 1, 1000, endpoint=False)}
    assert starts == set(range(last + 1))


def test_a_clip_holds_the_events_of_its_time():
    events = packed(RECORDINGS[0])
    clip = cut(events, 500, 200)
    assert np.array_equal(clip, events[(events[:, 0] >= 500) & (events[:, 0] < 700)])


def test_frames_of_unsorted_times_are_those_of_the_published_bisection():
    t = np.random.default_rng(0).permutation(np.arange(0, 400, 3)).astype(np.int32)
    expected, position = [0], 0
    for frame in range(T):  # published: bisect over what is left
        left, low, high = t[position:], 0, len(t) - position
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if left[middle] < t[0] + (frame + 1) * DT else (low, middle)
        position += low
        expected.append(position)
    assert frame_bounds(t, T, DT).tolist() == expected


@pytest.mark.parametrize("clips", [1, 10])
def test_fixed_clips_come_recording_by_recording_as_framed_one_by_one(clips: int):
    x, y = epoch(loader(clips, shuffle=False))
    assert x.shape == (T, 23 * clips, 2, 6, 8) and y.tolist() == list(range(23))
    for row, made in enumerate(RECORDINGS):
        for number, start in enumerate(fixed_starts(int(made["t"][-1]), T * DT, clips)):
            inside = made[(made["t"] >= start) & (made["t"] < start + T * DT)]
            expected = by_window(inside, T, DT, (6, 8), DS)
            assert np.array_equal(x[:, row * clips + number].numpy(), expected)


def test_each_epoch_cuts_other_clips_of_every_recording():
    first, again, second = epoch(loader()), epoch(loader()), epoch(loader(), 1)
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])
    assert first[0].shape == (T, 23, 2, 6, 8) and first[1].sort().values.tolist() == list(range(23))
    same = [torch.equal(first[0][:, first[1] == row], second[0][:, second[1] == row]) for row in range(23)]
    assert sum(same) == 1 and same[5]  # the one that is shorter than a clip
    other = epoch(loader(seed=2))
    assert not torch.equal(first[1], other[1])


def test_a_recording_shorter_than_the_clip_comes_whole():
    x, y = epoch(loader())
    short = x[:, (y == 5).nonzero().item()]
    assert short.sum() == len(RECORDINGS[5]) and short[3:].sum() == 0


@pytest.mark.parametrize("augment", [None, Chain(drop=Eventdrop(resolution=16))], ids=["plain", "augmented"])
@pytest.mark.parametrize("batch_size", [1, 7, 50])
def test_batch_size_and_start_change_no_clip(batch_size: int, augment):
    whole = epoch(loader(augment=augment))
    other = epoch(loader(batch_size=batch_size, augment=augment))
    rest = epoch(loader(augment=augment), start=2)
    assert all(torch.equal(a, b) for a, b in zip(whole, other, strict=True))
    assert torch.equal(rest[0], whole[0][:, 8:]) and torch.equal(rest[1], whole[1][8:])


def test_eventdrop_acts_before_the_frames_are_made():
    plain, dropped = epoch(loader()), epoch(loader(augment=Chain(drop=Eventdrop(resolution=16))))
    assert torch.equal(plain[1], dropped[1])
    shares = dropped[0].sum((0, 2, 3, 4)) / plain[0].sum((0, 2, 3, 4))
    assert 3 <= (shares == 1).sum() <= 12 and (shares > 0).all() and (shares <= 1).all() and shares.mean() < 0.9
    legacy = epoch(loader(augment=Chain(drop=Eventdrop(resolution=4, legacy_eventdrop=True))))
    assert not torch.equal(legacy[0], dropped[0])


def test_the_empty_recipe_leaves_clips_as_they_are():
    assert torch.equal(epoch(loader(augment=Chain()))[0], epoch(loader())[0])


def test_a_recipe_for_images_is_refused():
    with pytest.raises(UserError, match="crop changes images"):
        epoch(loader(augment=Chain(crop=Crop(padding=1))))


@pytest.mark.cuda
def test_on_cuda_nothing_waits_and_the_clips_are_those_of_the_cpu(no_waits):
    on_device = ClipLoader(split(), dataset=Nmnist(), batch_size=4, seed=1, device="cuda", shuffle=True)
    list(on_device.epoch(0))  # pinned memory is allocated in the first epoch
    torch.use_deterministic_algorithms(True)
    try:
        with no_waits:
            batches = list(on_device.epoch(1))
    finally:
        torch.use_deterministic_algorithms(False)
    assert torch.equal(torch.cat([x for x, _ in batches], 1).cpu(), epoch(loader(), 1)[0])
