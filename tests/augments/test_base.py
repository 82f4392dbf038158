from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf

from snnexp.augments.base import Chain
from snnexp.augments.crop import Crop
from snnexp.augments.cutout import Cutout
from snnexp.augments.flip import Flip

RECIPES = Path(__file__).parents[2] / "configs" / "augment"


def images(n: int = 6) -> torch.Tensor:
    return torch.randint(1, 256, (n, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


def test_a_chain_is_its_transforms_in_order_each_with_its_own_draws():
    crop, cutout = Crop(padding=3), Cutout(size=4)
    chain = Chain(crop=crop, cutout=cutout)
    draws = chain.draw(6, (8, 8), torch.Generator().manual_seed(2))
    expected = cutout(crop(images(), draws[:, :2]), draws[:, 2:])
    assert torch.equal(chain(images(), draws), expected)
    assert not torch.equal(Chain(cutout=cutout, crop=crop)(images(), draws[:, [2, 3, 0, 1]]), expected)


def test_an_added_transform_leaves_the_draws_before_it():
    short, long = Chain(crop=Crop(padding=3)), Chain(crop=Crop(padding=3), flip=Flip())
    seeds = [torch.Generator().manual_seed(3) for _ in range(2)]
    assert torch.equal(short.draw(9, (8, 8), seeds[0]), long.draw(9, (8, 8), seeds[1])[:, :2])


def test_the_empty_chain_changes_nothing():
    draws = Chain().draw(6, (8, 8), torch.Generator())
    assert draws.shape == (6, 0)
    assert torch.equal(Chain()(images(), draws), images())


def test_images_given_stay_as_they_are():
    given = images()
    chain = Chain(crop=Crop(padding=2), flip=Flip(), cutout=Cutout(size=4))
    chain(given, chain.draw(6, (8, 8), torch.Generator().manual_seed(4)))
    assert torch.equal(given, images())


@pytest.mark.parametrize(
    ("recipe", "order"),
    [
        ("none", []),
        ("shift", ["crop"]),
        ("flip", ["flip"]),
        ("flip_roll", ["flip", "roll"]),
        ("eventdrop", ["eventdrop"]),
        ("crop_flip", ["crop", "flip"]),
        ("autoaugment_cutout", ["crop", "flip", "autoaugment", "cutout"]),
    ],
)
def test_recipes_chain_in_the_papers_order(recipe: str, order: list[str]):
    assert list(OmegaConf.load(RECIPES / f"{recipe}.yaml"))[1:] == order
