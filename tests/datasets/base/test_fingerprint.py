import os
import shutil
from pathlib import Path

import pytest
from event_files import bin40, blob, gesture, place
from image_files import imagenet

from snnexp.datasets.base import BrokenData, Stored
from snnexp.datasets.base import fingerprint as module
from snnexp.datasets.cifar10 import Cifar10
from snnexp.datasets.digits import Digits
from snnexp.datasets.dvs128_gesture import Dvs128Gesture
from snnexp.datasets.event_folder import EventFolder
from snnexp.datasets.har_dvs import HarDvs
from snnexp.datasets.image_folder import ImageFolder
from snnexp.datasets.imagenet import Imagenet
from snnexp.datasets.nmnist import Nmnist


def nmnist(root: Path) -> Nmnist:
    for part, names in (("Train", ("1/1.bin", "2/2.bin")), ("Test", ("1/3.bin",))):
        for name in names:
            place(root / "N-MNIST" / part / name, bin40(blob(3, n=9, span=300_000, sensor=(34, 34))))
    return Nmnist(root=str(root))


def images(root: Path) -> Imagenet:
    imagenet(root, ("n01440764", "n01443537"), train=2, test=1)
    return Imagenet(root=str(root))


def test_moved_and_touched_files_are_the_same_data(tmp_path: Path):
    before = nmnist(tmp_path / "a").fingerprint()
    assert (before["training"]["files"], before["test"]["bytes"]) == (2, 45)
    shutil.copytree(tmp_path / "a", tmp_path / "b" / "c")
    moved = Nmnist(root=str(tmp_path / "b" / "c"))
    assert moved.fingerprint() == before
    os.utime(moved.folder() / "Test" / "1" / "3.bin")
    assert moved.fingerprint() == before


def add(folder: Path) -> None:
    place(folder / "Train/1/7.bin", b"12345")


def change(folder: Path) -> None:
    """Other bytes, as many of them, at the same time."""
    path = folder / "Test/1/3.bin"
    stat = path.stat()
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def rename(folder: Path) -> None:
    (folder / "Train/1/1.bin").rename(folder / "Train/2/1.bin")


@pytest.mark.parametrize("alter", [add, change, rename, lambda folder: (folder / "Train/1/1.bin").unlink()])
def test_files_added_changed_renamed_or_gone_are_noticed(tmp_path: Path, alter):
    dataset = nmnist(tmp_path)
    before = dataset.fingerprint()
    alter(dataset.folder())
    assert dataset.fingerprint() != before


def test_files_are_read_once_while_they_stay_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    dataset = nmnist(tmp_path)
    before = dataset.fingerprint()
    with monkeypatch.context() as patch:
        patch.setattr(module, "checksum", lambda path: pytest.fail(f"{path} was read again"))
        assert dataset.fingerprint() == before


def test_a_cache_that_cannot_be_written_costs_time_and_no_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    dataset = nmnist(tmp_path)
    before = dataset.fingerprint()
    monkeypatch.setenv("SNNEXP_CACHE", str(place(tmp_path / "file", b"")))
    assert dataset.fingerprint() == before
    assert "set SNNEXP_CACHE=DIR" in caplog.text


def test_a_changed_decoder_is_other_data(tmp_path: Path):
    dataset = nmnist(tmp_path)
    before = dataset.fingerprint()
    dataset.version += 1
    assert dataset.fingerprint() != before


def test_pictures_that_are_streamed_count_by_names_and_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    dataset = images(tmp_path)
    before = dataset.fingerprint()
    assert (before["training"]["files"], before["test"]["files"]) == (4, 2)
    with monkeypatch.context() as patch:
        patch.setattr(dataset, "streamed", lambda _: pytest.fail("all pictures were looked at again"))
        assert dataset.fingerprint() == before
    shutil.copy(dataset.folder() / "val/n01440764/n01440764_0.JPEG", dataset.folder() / "val/n01443537/more.JPEG")
    assert dataset.fingerprint()["test"] != before["test"] and dataset.fingerprint()["training"] == before["training"]


def test_har_dvs_counts_its_lists_and_the_files_on_them(tmp_path: Path):
    folder = tmp_path / "HARDVS"
    for part, name in (("train", "a"), ("test", "b")):
        place(folder / f"{part}_label.txt", f"action_001/{name} 8 0\n")
        place(folder / "MINI_HARDVS_files" / "action_001" / f"{name}.npz", b"12")
    dataset = HarDvs(root=str(tmp_path))
    before = dataset.fingerprint()
    assert before["training"]["files"] == 2
    place(folder / "test_label.txt", "action_001/b 8 1\n")
    assert dataset.fingerprint()["test"] != before["test"]
    place(folder / "MINI_HARDVS_files" / "action_001" / "c.npz", b"not listed")
    assert dataset.fingerprint()["training"] == before["training"]


def test_official_recordings_are_other_data_than_tonics_cut(tmp_path: Path):
    for part in ("Train", "Test"):
        place(tmp_path / "DVSGesture" / f"ibmGesture{part}" / "user1" / "0.npy", b"12")
    dataset = Dvs128Gesture(root=str(tmp_path))
    tonics = dataset.fingerprint()
    gesture(tmp_path, {1: blob(1), 24: blob(24)}, "1,0,1000000\n")
    official = dataset.fingerprint()
    assert official["training"]["files"] == 2  # the recording and its table
    place(tmp_path / "DvsGesture" / "user24_led_labels.csv", "class,start,end\n2,0,1000000\n")
    assert dataset.fingerprint()["test"] != official["test"] != tonics["test"]


def test_every_file_of_cifar_belongs_to_one_split(tmp_path: Path):
    for name in Cifar10.contents:
        place(tmp_path / "cifar-10-batches-py" / name, name.encode())
    found = Cifar10(root=str(tmp_path)).fingerprint()
    assert (found["training"]["files"], found["test"]["files"]) == (6, 1)


def test_sets_in_the_package_are_known_by_their_split(tmp_path: Path):
    assert Digits().fingerprint() == {"split": Digits.split_hash}


def test_missing_data_name_the_command(tmp_path: Path):
    with pytest.raises(BrokenData, match="snnexp data fetch nmnist"):
        Nmnist(root=str(tmp_path)).fingerprint()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    dataset: Stored = nmnist(tmp_path)
    (dataset.folder() / "Train/1/8.bin").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BrokenData, match=r"8\.bin"):
        dataset.fingerprint()


def test_pictures_of_ones_own_count_with_their_classes_whatever_these_are_called(tmp_path: Path):
    imagenet(tmp_path, ("b.1", "c"), train=2, test=1)
    (tmp_path / "imagenet" / "val").rename(tmp_path / "imagenet" / "test")
    before = ImageFolder(root=str(tmp_path / "imagenet")).fingerprint()
    shutil.copy(tmp_path / "imagenet/train/c/c_0.JPEG", tmp_path / "imagenet/train/b.1/more.JPEG")
    more = ImageFolder(root=str(tmp_path / "imagenet")).fingerprint()
    assert more["training"]["files"] == before["training"]["files"] + 1 == 5


def test_an_empty_class_moves_the_labels_and_is_noticed(tmp_path: Path):
    for part in ("train", "test"):
        place(tmp_path / part / "b" / "1.bin", bin40(blob(3, n=9, span=300_000, sensor=(34, 34))))
    before = EventFolder(root=str(tmp_path)).fingerprint()
    (tmp_path / "train" / "a").mkdir()
    assert EventFolder(root=str(tmp_path)).fingerprint() != before
