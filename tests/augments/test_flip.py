import pytest
import torch
from torchvision.transforms.v2 import functional as F

from snnexp.augments.flip import Flip
from snnexp.errors import UserError


def test_equals_torchvision_where_drawn():
    images = torch.randint(256, (6, 3, 7, 5), dtype=torch.uint8)
    draws = torch.tensor([[0], [1], [1], [0], [1], [0]])
    expected = [F.horizontal_flip(image) if flip else image for image, flip in zip(images, draws, strict=True)]
    assert torch.equal(Flip()(images, draws), torch.stack(expected))


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 1.0])
def test_flips_with_its_probability(p: float):
    draws = Flip(p=p).draw(20_000, (8, 8), torch.Generator().manual_seed(0))
    assert draws.double().mean().item() == pytest.approx(p, abs=0.01)


@pytest.mark.parametrize("p", [-0.1, 1.5])
def test_refuses_what_is_no_probability(p: float):
    with pytest.raises(UserError, match=rf"flip\.p={p}"):
        Flip(p=p)
