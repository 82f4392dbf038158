import pytest
import torch

from snnexp.errors import UserError
from snnexp.mixings.cutmix import Cutmix
from snnexp.randomness import reseed

Y = torch.tensor([0, 1, 2, 1])


@pytest.mark.parametrize("frames", [False, True], ids=["images", "frames"])
def test_classes_weigh_as_much_as_their_pixels_in_one_rectangle(frames: bool):
    x = torch.arange(4.0).view(4, 1, 1, 1).expand(*([3] if frames else []), 4, 2, 8, 8).clone()  # a sample's number
    shares = []
    for seed in range(20):
        reseed(torch.device("cpu"), seed)
        mixed, weights = Cutmix(3, alpha=1.0)(x, Y)
        foreign = mixed != x
        rectangle = foreign.view(-1, 8, 8)[0]
        assert foreign.eq(rectangle).all() and (mixed == torch.where(rectangle, x.roll(1, x.dim() - 4), x)).all()
        assert torch.equal(rectangle, rectangle.any(1, keepdim=True) & rectangle.any(0, keepdim=True))
        share = rectangle.float().mean()
        torch.testing.assert_close(weights[0], torch.tensor([1 - share, share, 0.0]))
        shares.append(float(share))
    assert min(shares) < 0.2 and max(shares) > 0.4


def test_refuses_an_alpha_that_is_none():
    with pytest.raises(UserError, match=r"^mixing.cutmix.alpha=0.0: must be above 0$"):
        Cutmix(3, alpha=0.0)
