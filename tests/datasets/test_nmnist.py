from pathlib import Path

import numpy as np
import pytest
import tonic
from sklearn.linear_model import RidgeClassifier

from snnexp.datasets.base import BrokenData
from snnexp.datasets.base.events import EVENTS
from snnexp.datasets.nmnist import Nmnist
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


def test_recordings_begin_at_time_zero_and_are_sorted(root: Path):
    ((path, events, label),) = Nmnist(root=str(root)).recordings(train=False)
    assert (path.name, label, events.tolist()) == ("00001.bin", 5, [(5, 7, 0, True), (1, 2, 10, False)])


def test_changed_recordings_are_read_anew(root: Path):
    nmnist = Nmnist(root=str(root))
    assert nmnist.load(T=2)[1].x.sum() == 2
    write(root, "Test", "5", "00002.bin", packed((9, 9, 0, 1)))
    assert nmnist.load(T=2)[1].x.sum() == 3 and nmnist.load(T=1)[1].x.shape[1] == 1


def test_the_real_recordings_are_tonics(data_root: Path):
    nmnist = Nmnist(root=str(data_root))
    for path, events, _ in list(nmnist.recordings(train=False))[::20]:
        theirs = tonic.io.read_mnist_file(str(path), dtype=EVENTS)
        theirs["t"] -= theirs["t"][0]
        assert all(np.array_equal(events[name], theirs[name]) for name in "xytp")


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "byte 0: no events"),
        (packed((1, 1, 1, 1))[:-1], "byte 0: cut short, 4 bytes are no whole event of 5"),
        (packed((34, 1, 1, 1)), "byte 0: event at (34, 1) is off the 34 x 34 sensor"),
        (packed((1, 1, 1, 1), (1, 34, 1, 1)), "byte 5: event at (1, 34) is off the 34 x 34 sensor"),
    ],
    ids=["empty", "cut", "x", "y"],
)
def test_a_damaged_file_is_named_with_the_remedy(root: Path, data: bytes, cause: str):
    path = write(root, "Test", "3", "00005.bin", data)
    with pytest.raises(BrokenData) as error:
        Nmnist(root=str(root)).load(T=2)
    assert f"{path}: {cause}" in str(error.value) and "snnexp data fetch nmnist" in str(error.value)


@pytest.mark.parametrize("name", ["Train/7/._9.bin", "Train/.x/9.bin"])
def test_hidden_files_are_no_recordings(root: Path, name: str):
    write(root, *name.split("/"), b"")
    assert Nmnist(root=str(root)).load(T=2)[0].y.tolist() == [0, 7, 7]


def test_a_folder_that_is_no_digit_is_not_passed_over(root: Path):
    write(root, "Train", "eight", "00001.bin", packed((1, 1, 1, 1)))
    with pytest.raises(UserError, match="must be a digit 0 to 9"):
        Nmnist(root=str(root)).load(T=2)


def test_an_empty_split_is_told(tmp_path: Path):
    for part in ("Train", "Test"):
        (tmp_path / "N-MNIST" / part / "0").mkdir(parents=True)
    with pytest.raises(BrokenData, match="no training recordings in"):
        Nmnist(root=str(tmp_path)).load(T=2)


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
