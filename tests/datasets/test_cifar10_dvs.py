import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from event_files import aedat2, aedat4, blob, is_read_alone, place, same

from snnexp.augments.base import Chain
from snnexp.augments.flip import Flip
from snnexp.augments.roll import Roll
from snnexp.datasets import cifar10_dvs
from snnexp.datasets.base import BrokenData
from snnexp.datasets.cifar10_dvs import CLASSES, SPLIT_FILE, SPLIT_HASH, Cifar10Dvs
from snnexp.errors import UserError

NUMBERS = (0, 9, 10, 899, 900, 999)


def write(root: Path, suffix: str = "aedat", numbers: tuple[int, ...] = NUMBERS) -> Path:
    pack = aedat4 if suffix == "aedat4" else aedat2
    for label, name in enumerate(CLASSES):
        for number in numbers:
            events = blob(1000 * label + number, n=1000, start=50)
            place(root / "CIFAR10DVS" / name / f"cifar10_{name}_{number}.{suffix}", pack(events))
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path)


@pytest.mark.parametrize("suffix", ["aedat", "aedat4"])
def test_the_numbers_in_names_make_the_split(tmp_path: Path, suffix: str):
    if suffix == "aedat4":
        pytest.importorskip("aedat")
    dataset = Cifar10Dvs(root=str(write(tmp_path, suffix)))
    train, test = dataset.load(T=10)
    assert train.y.tolist() == [label for label in range(10) for _ in range(4)]
    assert test.y.tolist() == [label for label in range(10) for _ in range(2)]
    for index, (_, events, label) in enumerate(dataset.recordings(train=True)):
        assert same(events, blob(1000 * label + NUMBERS[index % 4], n=1000, start=50))
    assert dataset.describe() == f"cifar10_dvs: 40 training, 20 test recordings (split {SPLIT_HASH[:12]})"


def test_a_recording_that_is_there_in_both_formats_counts_once(tmp_path: Path):
    root = write(tmp_path, numbers=(0, 999))
    place(root / "CIFAR10DVS" / "cat" / "cifar10_cat_0.aedat4", b"not read")
    dataset = Cifar10Dvs(root=str(root))
    train, test = dataset.load(T=10)
    assert (len(train), len(test)) == (10, 10)
    assert "1 recordings as .aedat and .aedat4, the first taken" in dataset.describe()


def test_hidden_files_are_no_recordings(root: Path):
    place(root / "CIFAR10DVS" / "cat" / "._cifar10_cat_0.aedat", b"\0\5\x16\7 by macOS")
    assert len(Cifar10Dvs(root=str(root)).load(T=10)[0]) == 40


def test_small_steps_back_are_sorted_counted_and_told_once_and_from_the_cache(root: Path):
    events = blob(3, n=1000, start=50)
    events["t"] = 2000 * (np.arange(1000) // 2) - 7 * (np.arange(1000) % 2)
    place(root / "CIFAR10DVS" / "airplane" / "cifar10_airplane_0.aedat", aedat2(events))
    for _ in range(2):
        dataset = Cifar10Dvs(root=str(root))
        dataset.load(T=10)
        assert "500 events up to 1 ms behind a later one sorted by time" in dataset.describe()
    _, found, _ = next(dataset.recordings(train=True))
    assert same(found, events[np.argsort(events["t"], kind="stable")])
    with pytest.raises(
        UserError, match=r"byte \d+: time goes back from 0 to -7 us; choose dataset.unordered=sort"
    ) as e:
        Cifar10Dvs(root=str(root), unordered="refuse").load(T=10)
    assert "data fetch" not in str(e.value)


def test_verifying_tells_the_shortest_recording(root: Path):
    path = place(root / "CIFAR10DVS" / "cat" / "cifar10_cat_9.aedat", aedat2(blob(1, n=7)))
    dataset = Cifar10Dvs(root=str(root))
    dataset.verify()
    assert f"fewest events 7 in {path}" in dataset.describe()


def test_the_split_is_900_to_100_of_each_class(tmp_path: Path):
    for name in CLASSES:
        (tmp_path / "CIFAR10DVS" / name).mkdir(parents=True)
        for number in range(1000):
            (tmp_path / "CIFAR10DVS" / name / f"cifar10_{name}_{number}.aedat").touch()
    dataset = Cifar10Dvs(root=str(tmp_path))
    train, test = dataset.files(train=True), dataset.files(train=False)
    for files, size in ((train, 900), (test, 100)):
        names = [path.parent.name for path in files]
        assert [names.count(name) for name in CLASSES] == [size] * 10
    assert not set(train) & set(test) and len({*train, *test}) == 10_000
    # the first 900 in natural order, as the list was made
    assert [path.stem for path in train[:900]] == [f"cifar10_airplane_{number}" for number in range(900)]


def test_the_splits_hash_is_fixed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert hashlib.sha256(SPLIT_FILE.read_bytes()).hexdigest() == SPLIT_HASH
    changed = place(tmp_path / "changed.txt", SPLIT_FILE.read_text().replace("999", "998"))
    monkeypatch.setattr(cifar10_dvs, "SPLIT_FILE", changed)
    with pytest.raises(UserError, match=r"the split in .*changed\.txt was changed"):
        Cifar10Dvs(root=str(write(tmp_path))).load(T=10)


def test_frames_are_ten_slices_by_their_maximum_at_48_pixels(root: Path):
    dataset = Cifar10Dvs(root=str(root))
    train, _ = dataset.load(T=10)
    assert train.x.shape == (40, 10, 2, 48, 48) and train.x.dtype == torch.float32
    events = blob(0, n=1000)
    for step in range(10):
        frame = np.zeros((1, 2, 128, 128), np.float32)
        for x, y, _, p in events[100 * step : 100 * step + 100].tolist():
            frame[0, int(p), y, x] += 1
        expected = torch.nn.functional.interpolate(torch.from_numpy(frame / frame.max()), (48, 48), mode="nearest")
        assert torch.equal(train.x[0, step], expected[0])


def test_trains_on_flipped_and_rolled_frames_with_time_first(root: Path):
    dataset = Cifar10Dvs(root=str(root))
    train, _ = dataset.load(T=10)
    recipe = Chain(flip=Flip(), roll=Roll(pixels=5))
    loader = dataset.loader(train, batch_size=40, seed=1, device="cpu", shuffle=False, augment=recipe)
    x, y = next(loader.epoch(0))
    assert x.shape == (10, 40, 2, 48, 48) and torch.equal(y, train.y)
    torch.testing.assert_close(x.sum((0, 2, 3, 4)), train.x.sum((1, 2, 3, 4)))
    assert not torch.equal(x, train.x.transpose(0, 1))


def test_other_slices_or_sizes_never_meet_these_in_the_cache(root: Path):
    assert Cifar10Dvs(root=str(root)).load(T=10)[0].x.shape == (40, 10, 2, 48, 48)
    assert Cifar10Dvs(root=str(root)).load(T=5)[0].x.shape == (40, 5, 2, 48, 48)
    assert Cifar10Dvs(root=str(root), size=64).load(T=10)[0].x.shape == (40, 10, 2, 64, 64)


@pytest.mark.parametrize("cut", [1, 4, 100, 4000, 8190])
@pytest.mark.parametrize("suffix", ["aedat", "aedat4"])
def test_a_cut_file_is_told(root: Path, suffix: str, cut: int):
    if suffix == "aedat4":
        pytest.importorskip("aedat")
    data = {"aedat": aedat2, "aedat4": aedat4}[suffix](blob(1, n=1023))
    path = place(root / "CIFAR10DVS" / "frog" / f"cifar10_frog_5.{suffix}", data[: -cut - (cut % 8 == 0)])
    with pytest.raises(BrokenData, match=rf"{path}: .*snnexp data fetch cifar10_dvs"):
        Cifar10Dvs(root=str(root)).load(T=10)


@pytest.mark.parametrize("data", [b"", b"garbage" * 99, aedat4(blob(1))[:300], aedat4(blob(1)[:0])], ids=len)
def test_what_is_no_aedat4_is_told(root: Path, data: bytes):
    pytest.importorskip("aedat")
    path = place(root / "CIFAR10DVS" / "frog" / "cifar10_frog_5.aedat4", data)
    with pytest.raises(BrokenData, match=f"{path}: "):
        Cifar10Dvs(root=str(root)).load(T=10)


def test_a_recording_with_fewer_events_than_slices_is_told(root: Path):
    path = place(root / "CIFAR10DVS" / "cat" / "cifar10_cat_3.aedat", aedat2(blob(1, n=9)))
    with pytest.raises(UserError, match=f"{path}: 9 events are too few for T=10 frames"):
        Cifar10Dvs(root=str(root)).load(T=10)


def test_a_missing_aedat_names_the_extra(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "aedat", None)
    place(root / "CIFAR10DVS" / "cat" / "cifar10_cat_3.aedat4", aedat4(blob(1)))
    with pytest.raises(UserError, match=r"pip install .*aedat"):
        Cifar10Dvs(root=str(root)).load(T=10)


def test_a_name_without_a_number_is_told(root: Path):
    place(root / "CIFAR10DVS" / "cat" / "cat.aedat", b"")
    with pytest.raises(BrokenData, match=r"cat\.aedat: its name must end in _<number>"):
        Cifar10Dvs(root=str(root)).load(T=10)


@pytest.mark.parametrize("size", [0, 129])
def test_refuses_a_size_the_sensor_does_not_have(size: int):
    with pytest.raises(UserError, match=f"size={size}: must lie in 1 to 128"):
        Cifar10Dvs(size=size)


def test_archives_are_asked_at_figshares_api_first():
    assert len(Cifar10Dvs.archives) == 10
    for archive in Cifar10Dvs.archives:
        number = archive.url.rpartition("/")[2]
        assert archive.url.startswith("https://api.figshare.com/v2/file/download/")
        assert [mirror.rpartition("/")[2] for mirror in archive.mirrors] == [number, number]


def test_a_file_from_elsewhere_is_read_as_those_of_the_set(root: Path, tmp_path: Path):
    dataset = Cifar10Dvs(root=str(root))
    path = root / "CIFAR10DVS" / "bird" / "cifar10_bird_999.aedat"
    assert is_read_alone(dataset, path, 5, 4, tmp_path) and dataset.class_names[2] == "bird"
