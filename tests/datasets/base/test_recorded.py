import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from snnexp.datasets.base import BrokenData
from snnexp.datasets.base.events import EVENTS
from snnexp.datasets.base.framing import by_number
from snnexp.datasets.base.packing import Frames
from snnexp.datasets.base.recorded import Recorded, natural


class Dots(Recorded):
    """A text's length is the number of events."""

    num_classes, size = 2, (2, 2)
    folders, contents = ("dots",), ("train", "test")

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.unordered = "sort"
        self.decoded = 0
        self.packing = Frames("number", lambda events, T: by_number(events, T, self.size))

    def files(self, train: bool) -> list[Path]:
        return sorted((self.folder() / ("train" if train else "test")).iterdir(), key=natural)

    def decode(self, path: Path) -> Iterator[tuple[np.ndarray, int]]:
        self.decoded += 1
        if not path.read_text():
            raise BrokenData(f"{path}: byte 0: no events")
        yield np.zeros(len(path.read_text()), EVENTS), 1


@pytest.fixture
def dots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dots:
    monkeypatch.delenv("SNNEXP_CACHE")
    for part, name, text in (("train", "10", "abcdef"), ("train", "9", "abc"), ("test", "1", "ab")):
        (tmp_path / "dots" / part).mkdir(parents=True, exist_ok=True)
        (tmp_path / "dots" / part / name).write_text(text)
    return Dots(tmp_path)


def test_recordings_come_in_natural_order_and_are_decoded_once(dots: Dots):
    for _ in range(2):
        train, test = dots.load(T=2)
        assert train.x.flatten(1).sum(1).tolist() == [3, 6] and test.y.tolist() == [1]
    assert dots.decoded == 3 and (dots.place() / "cache" / dots.name).exists()


def test_a_recording_that_is_no_file_is_told_and_not_waited_for(dots: Dots):
    path = dots.folder() / "train" / "9"
    path.unlink()
    os.mkfifo(path)
    for use in (dots.verify, lambda: dots.load(T=2)):
        with pytest.raises(BrokenData, match=f"{path}: a FIFO where a file belongs"):
            use()


def test_another_T_or_version_or_a_changed_file_is_decoded_anew(dots: Dots):
    dots.load(T=2)
    assert dots.load(T=1)[0].x.shape == (2, 1, 2, 2, 2) and dots.decoded == 6
    dots.version += 1
    dots.load(T=1)
    assert dots.decoded == 9
    path = dots.folder() / "test" / "1"
    stat = path.stat()
    path.write_text("xy")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    dots.load(T=1)
    assert dots.decoded == 10


def test_verifying_reads_past_the_cache_and_leaves_none(dots: Dots):
    dots.verify()
    assert dots.samples == (2, 1) and dots.decoded == 3 and not (dots.place() / "cache").exists()
    dots.load(T=2)
    (dots.folder() / "test" / "1").write_text("")
    with pytest.raises(BrokenData, match=r"test/1: byte 0: no events; place the files again; `snnexp data fetch"):
        dots.verify()


def test_a_damaged_recording_leaves_no_entry(dots: Dots):
    (dots.folder() / "train" / "9").write_text("")
    with pytest.raises(BrokenData, match="byte 0: no events"):
        dots.load(T=2)
    kept = (dots.place() / "cache" / dots.name).glob("*/manifest.json")
    assert ["fingerprint" in json.loads(path.read_text())["key"] for path in kept] == [True]


@pytest.mark.parametrize("names", [["walk_9.txt", "walk_10.txt"], ["a/2.bin", "a/00010.bin", "b/1.bin"]])
def test_numbers_in_names_sort_as_numbers(names: list[str]):
    assert [path.as_posix() for path in sorted(map(Path, reversed(names)), key=natural)] == names
