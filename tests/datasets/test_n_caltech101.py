"""N-Caltech101: its split, its frames, tonic's archive and reader, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import tonic
from event_files import is_read_alone

from snnexp.datasets.base import BrokenData
from snnexp.datasets.base.events import EVENTS
from snnexp.datasets.n_caltech101 import CLASSES, NCaltech101
from snnexp.errors import UserError


def packed(*events: tuple[int, int, int, int]) -> bytes:
    """The 40-bit format: x, y, polarity in the top bit, then 23 bits of microseconds."""
    return b"".join(bytes([x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255]) for x, y, t, p in events)


def write(root: Path, name: str, number: int, data: bytes) -> Path:
    path = root / f"N-Caltech101/Caltech101/{name}/image_{number:04}.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Of each class recordings 9, 10 and 11, of as many events as the class's label and the number say."""
    for name, label in CLASSES.items():
        for number in (9, 10, 11):
            events = [(239, 179, t, 1) for t in range(label + number)]
            write(tmp_path, name, number, packed(*events))
    return tmp_path


def test_numbers_that_end_in_0_test(root: Path):
    dataset = NCaltech101(root=str(root))
    train, test = dataset.load(T=1)
    assert sorted(train.y.tolist()) == sorted([*range(101)] * 2) and sorted(test.y.tolist()) == [*range(101)]
    assert dataset.describe() == "n_caltech101: 202 training, 101 test recordings"
    assert {path.stem for path in dataset.files(train=False)} == {"image_0010"}


def test_an_event_lands_in_its_polarity_row_and_column(root: Path):
    write(root, "yin_yang", 20, packed((0, 0, 0, 0), (0, 0, 1, 0), (239, 0, 2, 1), (120, 90, 3, 1)))
    _, test = NCaltech101(root=str(root), size=180).load(T=2)
    frames = test.x[test.y.tolist().index(CLASSES["yin_yang"]) + 1]  # behind number 10 of the class
    assert frames[0].nonzero().tolist() == [[0, 0, 0]] and frames[0].max() == 1  # two events, by their maximum
    assert frames[1].nonzero().tolist() == [[1, 90, 90]]  # column 239 is none of the 180 of 240


def test_is_tonics_archive_and_reader(root: Path):
    theirs = tonic.datasets.NCALTECH101
    assert [(archive.url, archive.md5) for archive in NCaltech101.archives] == [(theirs.url, theirs.file_md5)]
    path = write(root, "ant", 1, packed((5, 7, 66051, 1), (1, 2, 66061, 0)))
    expected = tonic.io.read_mnist_file(str(path), dtype=EVENTS)
    found = NCaltech101(root=str(root)).open_events(path)
    assert all(np.array_equal(found[name], expected[name]) for name in "xytp")


def test_a_pixel_off_the_sensor_is_named_with_the_remedy(root: Path):
    path = write(root, "ant", 1, packed((0, 180, 1, 1)))
    with pytest.raises(BrokenData) as error:
        NCaltech101(root=str(root)).load(T=1)
    told = str(error.value)
    assert f"{path}: byte 0: event at (0, 180) is off the 240 x 180" in told and "data fetch n_caltech101" in told


def test_a_class_that_is_missing_is_named(root: Path):
    (root / "N-Caltech101/Caltech101/ketch").rename(root / "N-Caltech101/Caltech101/ship")
    with pytest.raises(BrokenData, match=r"lacks ketch"):
        NCaltech101(root=str(root)).load(T=1)


def test_a_folder_that_is_no_class_is_not_passed_over(root: Path):
    write(root, "Faces", 1, packed((1, 1, 1, 1)))
    with pytest.raises(UserError, match="must be one of the set's classes"):
        NCaltech101(root=str(root)).load(T=1)


@pytest.mark.parametrize("size", [0, 181])
def test_refuses_a_size_out_of_range(size: int):
    with pytest.raises(UserError, match=rf"dataset\.size={size}"):
        NCaltech101(size=size)


def test_a_file_from_elsewhere_is_read_as_those_of_the_set(root: Path, tmp_path: Path):
    dataset = NCaltech101(root=str(root))
    path = write(root, "yin_yang", 20, packed((0, 0, 0, 0), (239, 0, 2, 1), (120, 90, 3, 1)))
    index = dataset.files(train=False).index(path)
    assert is_read_alone(dataset, path, index, 2, tmp_path)
    assert dataset.class_names[dataset.load(T=2)[1].y[index]] == "yin_yang"
