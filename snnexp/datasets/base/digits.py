"""scikit-learn's handwritten digits with the project's fixed split: the source of `digits` and `digits_dvs`."""

import gzip
import hashlib
import io
import zlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

from snnexp.datasets.base.split import Split
from snnexp.errors import UserError, reason

SPLIT_FILE = Path(__file__).with_name("digits_test.txt")
# Within scikit-learn, whose import takes a second: a line an image, 64 grey levels and the label.
IMAGES_FILE = "datasets/data/digits.csv.gz"
IMAGES_HASH = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"  # of what is compressed there
SPLIT_HASH = "93fbe607279346dcb90f7c3e8620e5bd8f976dd520dafd1d2d6522de6a32d321"


def read_digits() -> tuple[Split, Split]:
    """Read 1,437 training and 360 test images [N, 1, 8, 8], grey levels 0..16 spread over 0..255, by class.

    Raises:
        UserError: the stored images or the stored split are missing or were changed.
    """
    text = SPLIT_FILE.read_bytes()
    if hashlib.sha256(text).hexdigest() != SPLIT_HASH:
        raise UserError(f"dataset digits: the split in {SPLIT_FILE} was changed; reinstall snnexp")
    table = torch.from_numpy(np.loadtxt(io.BytesIO(read_images()), delimiter=","))
    x = (table[:, :-1] * (255 / 16)).round().to(torch.uint8).view(-1, 1, 8, 8)
    y = table[:, -1].long()
    test = torch.zeros(len(y), dtype=torch.bool)
    test[[int(index) for index in text.split()]] = True
    return Split(x[~test], y[~test]), Split(x[test], y[test])


def read_images() -> bytes:
    """Return the lines of scikit-learn's file."""
    found = find_spec("sklearn")
    assert found is not None and found.origin is not None, "scikit-learn is a dependency"
    path = Path(found.origin).parent / IMAGES_FILE
    try:
        text = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"dataset digits: {path}: {reason(error)}; reinstall scikit-learn") from error
    if hashlib.sha256(text).hexdigest() != IMAGES_HASH:
        raise UserError(f"dataset digits: the images in {path} were changed; reinstall scikit-learn")
    return text
