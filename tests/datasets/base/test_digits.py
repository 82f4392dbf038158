import gzip
from pathlib import Path

import pytest
import torch
from sklearn.datasets import load_digits

from snnexp.datasets.base import digits
from snnexp.datasets.base.digits import SPLIT_FILE, read_digits
from snnexp.errors import UserError


def test_the_split_is_stratified_and_complete():
    train, test = read_digits()
    assert (len(train), len(test)) == (1437, 360)
    shares = test.y.bincount() / (train.y.bincount() + test.y.bincount())
    assert len(shares) == 10 and (shares - 0.2).abs().max() < 0.005


def test_grey_levels_are_spread_over_the_bytes():
    train, test = read_digits()
    levels = torch.cat([train.x, test.x]).unique().tolist()
    assert levels == [int(level * 255 / 16 + 0.5) for level in range(17)]


def test_images_keep_their_labels():
    indices = [int(index) for index in SPLIT_FILE.read_text().split()]
    images, labels = load_digits(return_X_y=True)
    test = read_digits()[1]
    assert test.y.tolist() == labels[indices].tolist()
    assert torch.equal((test.x.flatten(1) * (16 / 255)).round(), torch.from_numpy(images[indices]).float())


def test_a_changed_split_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    changed = tmp_path / "digits_test.txt"
    changed.write_text(SPLIT_FILE.read_text().replace("\n", "\n0\n", 1))
    monkeypatch.setattr(digits, "SPLIT_FILE", changed)
    with pytest.raises(UserError, match="was changed"):
        read_digits()


OTHERS = gzip.compress(b"0,1\n", mtime=0)


@pytest.mark.parametrize("content", [b"", OTHERS, OTHERS[:-9]], ids=["empty", "others", "cut"])
def test_changed_images_are_refused(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "digits.csv.gz").write_bytes(content)
    monkeypatch.setattr(digits, "IMAGES_FILE", tmp_path / "digits.csv.gz")
    with pytest.raises(UserError, match=r"digits\.csv\.gz.*; reinstall scikit-learn"):
        read_digits()
