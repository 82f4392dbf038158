import pytest
import torch

from snnexp.augments.roll import Roll
from snnexp.errors import UserError


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32], ids=str)
def test_equals_torchs_roll_sample_by_sample(dtype: torch.dtype):
    roll = Roll(pixels=3)
    images = torch.randint(256, (40, 4, 6, 9)).to(dtype)
    draws = roll.draw(40, (6, 9), torch.Generator().manual_seed(0))
    expected = [image.roll(draw.tolist(), (1, 2)) for image, draw in zip(images, draws, strict=True)]
    assert torch.equal(roll(images, draws), torch.stack(expected))


def test_every_shift_is_as_likely():
    draws = Roll(pixels=5).draw(121_000, (48, 48), torch.Generator().manual_seed(0)) + 5
    counts = (draws[:, 0] * 11 + draws[:, 1]).bincount()
    assert len(counts) == 121 and counts.min() > 850 and counts.max() < 1150


def test_refuses_a_negative_shift():
    with pytest.raises(UserError, match=r"augment\.roll\.pixels=-1"):
        Roll(pixels=-1)
