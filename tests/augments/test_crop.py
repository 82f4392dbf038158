import pytest
import torch
from torchvision.transforms.v2 import functional as F

from snnexp.augments.crop import Crop
from snnexp.errors import UserError


@pytest.mark.parametrize(("padding", "height", "width"), [(4, 32, 32), (1, 8, 8), (2, 5, 9), (0, 4, 4)])
def test_equals_torchvision_for_every_place(padding: int, height: int, width: int):
    places = [(top, left) for top in range(2 * padding + 1) for left in range(2 * padding + 1)]
    images = torch.randint(256, (len(places), 3, height, width), dtype=torch.uint8)
    expected = [
        F.crop(F.pad(image, [padding]), top, left, height, width)
        for image, (top, left) in zip(images, places, strict=True)
    ]
    assert torch.equal(Crop(padding=padding)(images, torch.tensor(places)), torch.stack(expected))


def test_every_place_is_as_likely():
    draws = Crop(padding=4).draw(81_000, (32, 32), torch.Generator().manual_seed(0))
    counts = (draws[:, 0] * 9 + draws[:, 1]).bincount()
    assert len(counts) == 81 and counts.min() > 850 and counts.max() < 1150


def test_refuses_a_negative_padding():
    with pytest.raises(UserError, match="padding=-1"):
        Crop(padding=-1)
