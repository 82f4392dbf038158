from pathlib import Path

import numpy as np
import pytest
import torch

from snnexp.datasets.base.cache import Writer, cached
from snnexp.datasets.base.clips import frames
from snnexp.datasets.base.events import EVENTS
from snnexp.datasets.base.packing import Clips, Frames
from snnexp.errors import UserError


def recording(n: int, last: int = 900) -> np.ndarray:
    made = np.zeros(n, EVENTS)
    made["t"] = np.linspace(0, last, n)
    made["x"], made["y"], made["p"] = np.arange(n) % 16, np.arange(n) % 12, np.arange(n) % 2
    return made


def kept(folder: Path, packing: Frames | Clips, *recordings: np.ndarray) -> dict[str, np.ndarray]:
    def build(writer: Writer) -> None:
        for events in recordings:
            packing.keep(writer, events, 3)
        writer.append("y", np.arange(len(recordings)))
        packing.finish(writer)

    return cached(folder, packing.transform(3), build)


def clips(**changes: float) -> Clips:
    return Clips((12, 16), **{"dt": 1.5, "ds": 2, "clips": 10} | changes)


def test_clips_keep_every_event_of_every_recording(tmp_path: Path):
    arrays = kept(tmp_path, clips(), recording(5), recording(1), recording(30))
    train, test = (clips().split(arrays, T=4, train=train) for train in (True, False))
    assert (train.is_random, test.is_random, test.clips, train.dt, train.T) == (True, False, 10, 1500, 4)
    assert train.bounds.tolist() == [[0, 5], [5, 6], [6, 36]] and train.y.tolist() == [0, 1, 2]
    t, address = train.events[6:].T
    p, y, x = np.unravel_index(address, (2, 12, 16))
    for name, column in {"t": t, "x": x, "y": y, "p": p}.items():
        assert np.array_equal(recording(30)[name], column)


def test_other_clips_of_the_same_events_share_an_entry():
    assert clips().transform(4) == clips(dt=3.0, ds=1, clips=1).transform(60)
    assert clips().transform(4) != Clips((12, 18), dt=1.5, ds=2, clips=10).transform(4)


def test_frames_differ_by_all_that_makes_them():
    def frame(events: np.ndarray, T: int) -> np.ndarray:
        return np.zeros((T, 2, 2, 2), np.int64)

    transforms = [Frames("a", frame).transform(3), Frames("a", frame).transform(4), Frames("b", frame).transform(3)]
    transforms += [Frames("a", frame, size=4).transform(3)]
    assert len({str(each) for each in transforms}) == 4


def test_a_recording_too_long_for_its_numbers_is_told(tmp_path: Path):
    with pytest.raises(UserError, match="a recording of 40 minutes is longer than the 35"):
        kept(tmp_path, clips(), recording(3, last=2_400_000_000))


def test_counts_too_large_for_their_numbers_are_told(tmp_path: Path):
    many = Frames("one", lambda events, T: np.full((T, 2, 2, 2), 40_000))
    with pytest.raises(UserError, match=r"40000 events in one cell .* choose a larger T"):
        kept(tmp_path, many, recording(3))


@pytest.mark.parametrize("ds", [1, 2, 4])
def test_a_frame_has_a_cell_for_each_pixel_at_the_sensors_edges(tmp_path: Path, ds: int):
    corners = recording(4)
    corners["x"], corners["y"], corners["p"] = [0, 15, 0, 15], [0, 0, 11, 11], [0, 0, 1, 1]
    made = clips(ds=ds)
    split = made.split(kept(tmp_path, made, corners), T=1, train=False)
    counted = frames([split.events], split, torch.device("cpu"))
    assert counted[0, 0, 0, 0, [0, -1]].tolist() == counted[0, 0, 1, -1, [0, -1]].tolist() == [1, 1]
    assert counted.sum() == 4


def test_cells_that_leave_pixels_over_are_refused():
    with pytest.raises(UserError, match=r"dataset\.ds=3: must divide the sensor's 16 x 12 pixels"):
        clips(ds=3)
    with pytest.raises(UserError, match=r"dataset\.ds=8: must divide"):  # the width, not the height
        clips(ds=8)


def test_frames_shorter_than_a_microsecond_are_refused():
    assert clips(dt=0.001).dt == 1
    with pytest.raises(UserError, match=r"dataset\.dt=0\.0004: must be at least 0\.001 ms"):
        clips(dt=0.0004)
