import pytest
import torch

from snnexp.errors import UserError
from snnexp.mixings.mixup import Mixup
from snnexp.randomness import reseed

CLASSES = 3
Y = torch.tensor([0, 1, 2, 1])


@pytest.mark.parametrize("frames", [False, True], ids=["images", "frames"])
def test_samples_and_classes_are_the_same_mean_of_a_sample_and_the_one_before_it(frames: bool):
    x = torch.rand(*([2] if frames else []), 4, 2, 5, 6)
    before, share = x.roll(1, x.dim() - 4), []
    hot = torch.eye(CLASSES)[Y]
    for seed in range(20):
        reseed(torch.device("cpu"), seed)
        mixed, weights = Mixup(CLASSES, alpha=1.0)(x.clone(), Y)
        lam = float(weights[0, 0])  # the sample before the first is of class 1
        torch.testing.assert_close(mixed, lam * x + (1 - lam) * before)
        torch.testing.assert_close(weights, lam * hot + (1 - lam) * hot.roll(1, 0))
        assert mixed.is_contiguous() and type(mixed) is torch.Tensor
        share.append(lam)
    assert min(share) < 0.3 and max(share) > 0.7 and len({*share}) == 20


@pytest.mark.parametrize("alpha", [0.0, -1.0])
def test_refuses_an_alpha_that_is_none(alpha: float):
    with pytest.raises(UserError, match=rf"^mixing.mixup.alpha={alpha}: must be above 0$"):
        Mixup(CLASSES, alpha=alpha)
