"""Each image is changed by one transform, by what that one drew for it."""

import pytest
import torch

from snnexp.augments.cutout import Cutout
from snnexp.augments.flip import Flip
from snnexp.augments.one_of import OneOf
from snnexp.augments.roll import Roll
from snnexp.errors import UserError


def test_each_image_is_changed_by_the_one_that_was_drawn():
    transforms = [Flip(p=1.0), Roll(pixels=2), Cutout(size=3)]
    one = OneOf(flip=transforms[0], roll=transforms[1], cutout=transforms[2])
    images = torch.randint(1, 256, (60, 4, 6, 9))
    before, draws = images.clone(), one.draw(60, (6, 9), torch.Generator().manual_seed(0))
    found = one(images, draws)
    starts = [1, 2, 4, 6]
    for image, row, changed in zip(images, draws, found, strict=True):
        kind = int(row[0])
        own = row[None, starts[kind] : starts[kind + 1]]
        assert torch.equal(changed, transforms[kind](image[None], own)[0])
    assert torch.equal(images, before) and draws[:, 0].bincount().min() > 10


def test_refuses_no_transform():
    with pytest.raises(UserError, match="one_of needs one transform"):
        OneOf()
