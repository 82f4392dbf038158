"""Rotation and shear, where every pixel is known."""

import pytest
import torch

from snnexp.augments.warp import Warp
from snnexp.errors import UserError

WARP = Warp(degrees=30.0, shear=20.0)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32], ids=str)
def test_quarter_turns_are_torchs_sample_by_sample(dtype: torch.dtype):
    images = torch.randint(256, (4, 3, 7, 7)).to(dtype)
    draws = torch.tensor([[turns * 90_000, 0] for turns in range(4)])
    expected = [image.rot90(turns, (1, 2)) for turns, image in enumerate(images)]
    assert torch.equal(WARP(images, draws), torch.stack(expected))


def test_a_shear_of_45_degrees_moves_each_row_by_its_distance_from_the_middle():
    images, draws = torch.randint(1, 256, (2, 3, 5, 9)), torch.tensor([[0, 45_000], [0, -45_000]])
    found = WARP(images, draws)
    for sign, (image, sheared) in zip((1, -1), zip(images, found, strict=True), strict=True):
        for row in range(5):
            by = sign * (row - 2)
            expected = image[:, row].roll(-by, 1)
            expected[:, max(0, 9 - by) :], expected[:, : max(0, -by)] = 0, 0
            assert torch.equal(sheared[:, row], expected)


def test_no_angle_changes_nothing_and_a_turn_keeps_the_middle():
    images = torch.randint(256, (2, 3, 8, 6))
    assert torch.equal(WARP(images, torch.zeros(2, 2, dtype=torch.int64)), images)
    turned = WARP(images[..., :7, :5], torch.tensor([[30_000, 0], [-12_345, 0]]))
    assert torch.equal(turned[..., 3, 2], images[..., 3, 2])


def test_angles_lie_within_bounds_on_both_sides():
    draws = WARP.draw(10_000, (48, 48), torch.Generator().manual_seed(0)).float() / 1000
    assert draws.min(0).values.tolist() == pytest.approx([-30, -20], abs=0.1)
    assert draws.max(0).values.tolist() == pytest.approx([30, 20], abs=0.1)


@pytest.mark.parametrize(("wrong", "told"), [({"degrees": 181.0}, "degrees=181"), ({"shear": 90.0}, "shear=90")])
def test_refusals(wrong: dict[str, float], told: str):
    with pytest.raises(UserError, match=told):
        Warp(**{"degrees": 30.0, "shear": 20.0} | wrong)
