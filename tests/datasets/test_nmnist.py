import sys
from pathlib import Path

import numpy as np
import pytest
import tonic
from sklearn.linear_model import RidgeClassifier
from tonic.io import events_struct

from snnexp.datasets.base import BrokenData
from snnexp.datasets.nmnist import Nmnist, frames
from snnexp.errors import UserError


def packed(*events: tuple[int, int, int, int]) -> bytes:
    """The 40-bit format: x, y, polarity in the top bit, then 23 bits of microseconds."""
    return b"".join(bytes([x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255]) for x, y, t, p in events)


def write(root: Path, part: str, digit: str, name: str, data: bytes) -> Path:
    path = root / "N-MNIST" / part / digit / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "Train", "7", "00010.bin", packed((3, 4, 0, 1)))
    write(tmp_path, "Train", "7", "9.bin", packed((33, 33, 5, 0), (33, 33, 6, 0)))
    write(tmp_path, "Train", "0", "00002.bin", packed((0, 0, 1, 0)))
    write(tmp_path, "Test", "5", "00001.bin", packed((5, 7, 66051, 1), (1, 2, 66061, 0)))
    return tmp_path


def test_reads_whatever_recordings_are_there_in_natural_order(root: Path):
    nmnist = Nmnist(root=str(root))
    train, test = nmnist.load(T=2)
    assert train.y.tolist() == [0, 7, 7] and test.y.tolist() == [5]
    assert train.x.flatten(1).sum(1).tolist() == [1, 2, 1]
    assert nmnist.describe() == "nmnist: 3 training, 1 test recordings"


def test_an_event_lands_in_its_bin_polarity_row_and_column(root: Path):
    _, test = Nmnist(root=str(root)).load(T=2)
    assert test.x.nonzero().tolist() == [[0, 0, 1, 7, 5], [0, 1, 0, 2, 1]]


def test_the_formats_test_vector(root: Path):
    path = write(root, "Test", "5", "00002.bin", bytes([5, 7, 129, 2, 3]))
    assert Nmnist(root=str(root)).events(path).tolist() == [(5, 7, 66051, True)]


@pytest.mark.parametrize("T", [1, 3, 10])
def test_bins_are_of_equal_duration_and_keep_every_event(T: int):
    rng = np.random.default_rng(T)
    events = np.zeros(500, dtype=events_struct)
    events["x"], events["y"] = rng.integers(0, 6, 500), rng.integers(0, 4, 500)
    events["t"], events["p"] = 700 + np.sort(rng.integers(0, 1000, 500)), rng.integers(0, 2, 500)
    expected = np.zeros((T, 2, 4, 6))
    first, last = events["t"].min(), events["t"].max()
    for x, y, t, p in events.tolist():
        expected[int((t - first) * T // (last - first + 1)), int(p), y, x] += 1
    assert np.array_equal(frames(events, T, (4, 6)), expected) and expected.sum() == 500


def test_counts_stop_at_the_largest_byte():
    events = np.zeros(300, dtype=events_struct)
    assert frames(events, 1, (2, 2))[0, 0].tolist() == [[255, 0], [0, 0]]


def test_frames_are_tonics_and_the_event_it_drops_at_the_end():
    times = [0, 50, 100, 350, 500, 650, 800, 900]
    events = np.array([(t // 100, 2, t, t % 100 > 0) for t in times], dtype=events_struct)
    theirs = tonic.transforms.ToFrame(sensor_size=(34, 34, 2), n_time_bins=3)(events)
    assert (frames(events, 3, (34, 34)) - theirs).nonzero() == ([2], [0], [2], [9])


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "no events"),
        (packed((1, 1, 1, 1))[:-1], "4 bytes are no whole number of 5-byte events"),
        (packed((34, 1, 1, 1)), "events off the 34 x 34 sensor"),
        (packed((1, 34, 1, 1)), "events off the 34 x 34 sensor"),
    ],
    ids=["empty", "cut", "x", "y"],
)
def test_a_damaged_file_is_named_with_the_remedy(root: Path, data: bytes, cause: str):
    path = write(root, "Test", "3", "00005.bin", data)
    with pytest.raises(BrokenData) as error:
        Nmnist(root=str(root)).load(T=2)
    assert f"{path}: {cause}" in str(error.value) and "snnexp data fetch nmnist" in str(error.value)


def test_a_folder_that_is_no_digit_is_not_passed_over(root: Path):
    write(root, "Train", "eight", "00001.bin", packed((1, 1, 1, 1)))
    with pytest.raises(UserError, match="must be a digit 0 to 9"):
        Nmnist(root=str(root)).load(T=2)


def test_an_empty_split_is_told(tmp_path: Path):
    for part in ("Train", "Test"):
        (tmp_path / "N-MNIST" / part / "0").mkdir(parents=True)
    with pytest.raises(BrokenData, match="no recordings in"):
        Nmnist(root=str(tmp_path)).load(T=2)


def test_a_missing_tonic_names_the_extra(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "tonic.io", None)
    with pytest.raises(UserError, match=r"pip install 'snnexp\[dvs\]'"):
        Nmnist(root=str(root)).load(T=2)


def test_the_archives_are_tonics():
    theirs = tonic.datasets.NMNIST
    assert [(archive.url, archive.md5) for archive in Nmnist.archives] == [
        (theirs.train_url, theirs.train_md5),
        (theirs.test_url, theirs.test_md5),
    ]


def test_a_linear_classifier_reads_real_recordings(data_root: Path):
    nmnist = Nmnist(root=str(data_root))
    train, test = nmnist.load(T=3)
    assert nmnist.describe() == "nmnist: 1000 training, 100 test recordings"
    model = RidgeClassifier(alpha=1000).fit(np.sqrt(train.x.flatten(1).numpy()), train.y.numpy())
    assert model.score(np.sqrt(test.x.flatten(1).numpy()), test.y.numpy()) >= 0.93
