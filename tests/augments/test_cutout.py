import pytest
import torch

from snnexp.augments.cutout import Cutout
from snnexp.errors import UserError


def plain_loop(images: torch.Tensor, centres: torch.Tensor, size: int) -> torch.Tensor:
    result = images.clone()
    for image, (y, x) in zip(result, centres.tolist(), strict=True):
        top, left = y - size // 2, x - size // 2
        image[:, max(top, 0) : max(top + size, 0), max(left, 0) : max(left + size, 0)] = 0
    return result


@pytest.mark.parametrize(("size", "height", "width"), [(16, 32, 32), (3, 7, 5), (1, 4, 4), (20, 8, 8)])
def test_equals_a_plain_loop_at_every_centre(size: int, height: int, width: int):
    centres = torch.cartesian_prod(torch.arange(height), torch.arange(width))
    images = torch.randint(1, 256, (len(centres), 2, height, width), dtype=torch.uint8)
    assert torch.equal(Cutout(size=size)(images, centres), plain_loop(images, centres, size))


def test_covers_a_full_square_inside_and_a_quarter_in_the_corner():
    images = torch.ones(2, 1, 32, 32, dtype=torch.uint8)
    cut = Cutout(size=16)(images, torch.tensor([[16, 16], [0, 0]]))
    assert (cut == 0).sum((1, 2, 3)).tolist() == [256, 64]


def test_centres_are_uniform_over_the_pixels():
    draws = Cutout(size=16).draw(60_000, (6, 10), torch.Generator().manual_seed(0))
    counts = (draws[:, 0] * 10 + draws[:, 1]).bincount()
    assert len(counts) == 60 and counts.min() > 850 and counts.max() < 1150


def test_refuses_a_size_below_one():
    with pytest.raises(UserError, match="size=0"):
        Cutout(size=0)
