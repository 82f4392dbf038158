"""scikit-learn's handwritten digits with the project's fixed split: the source of `digits` and `digits_dvs`."""

import hashlib
from pathlib import Path

import torch

from snnexp.datasets.base.split import Split
from snnexp.errors import UserError

SPLIT_FILE = Path(__file__).with_name("digits_test.txt")
SPLIT_HASH = "93fbe607279346dcb90f7c3e8620e5bd8f976dd520dafd1d2d6522de6a32d321"


def read_digits() -> tuple[Split, Split]:
    """1,437 training and 360 test images [N, 1, 8, 8], grey levels 0..16 spread over 0..255, stratified by class.

    Raises:
        UserError: the stored split was changed.
    """
    from sklearn.datasets import load_digits

    text = SPLIT_FILE.read_bytes()
    if hashlib.sha256(text).hexdigest() != SPLIT_HASH:
        raise UserError(f"dataset digits: the split in {SPLIT_FILE} was changed; reinstall snnexp")
    images, labels = load_digits(return_X_y=True)
    x = (torch.from_numpy(images) * (255 / 16)).round().to(torch.uint8).view(-1, 1, 8, 8)
    y = torch.from_numpy(labels).long()
    test = torch.zeros(len(y), dtype=torch.bool)
    test[[int(index) for index in text.split()]] = True
    return Split(x[~test], y[~test]), Split(x[test], y[test])
