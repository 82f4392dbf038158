import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from image_files import cifar

from snnexp.datasets.base import BrokenData
from snnexp.datasets.cifar100 import Cifar100
from snnexp.errors import UserError

IMAGES = np.arange(4 * 3 * 32 * 32, dtype=np.uint32).astype(np.uint8).reshape(4, 3, 32, 32)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CIFAR-100 of four training images and one test image."""
    cifar(tmp_path, monkeypatch, "CIFAR100", (IMAGES, [3, 99, 0, 7]), (IMAGES[:1], [42]))
    return tmp_path


def test_reads_images_channels_first_with_fine_labels(root: Path):
    train, test = Cifar100(root=str(root)).load(T=4)
    assert torch.equal(train.x, torch.from_numpy(IMAGES)) and train.y.tolist() == [3, 99, 0, 7]
    assert test.x.shape == (1, 3, 32, 32) and test.y.tolist() == [42] and test.y.dtype == torch.int64


@pytest.mark.parametrize("file", ["train", "test", "meta"])
@pytest.mark.parametrize("harm", ["flip", "cut"])
def test_a_damaged_file_is_named_with_the_remedy(root: Path, file: str, harm: str):
    path = root / "cifar-100-python" / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data if harm == "flip" else data[:-1])
    with pytest.raises(BrokenData) as error:
        Cifar100(root=str(root)).load(T=4)
    assert f"damaged: {path};" in str(error.value) and "snnexp data fetch cifar100" in str(error.value)


def test_a_missing_file_is_named_without_opening_any(root: Path):
    (root / "cifar-100-python" / "test").unlink()
    with pytest.raises(BrokenData, match=r"cifar-100-python \(lacks test\)"):
        Cifar100(root=str(root)).check()


def test_a_missing_set_names_the_path_looked_at(root: Path):
    shutil.rmtree(root / "cifar-100-python")
    with pytest.raises(BrokenData, match=f"not found in {root / 'cifar-100-python'}"):
        Cifar100(root=str(root)).load(T=4)


def test_a_torchvision_that_does_not_fit_is_told_in_one_line(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(UserError, match="torchvision cannot be imported beside torch"):
        Cifar100(root=str(root)).load(T=4)
