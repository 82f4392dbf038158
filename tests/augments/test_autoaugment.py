import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
import torch
from torchvision.transforms.v2 import AutoAugment, AutoAugmentPolicy

from snnexp.augments.autoaugment import POLICIES, Autoaugment
from snnexp.errors import UserError

TORCHVISION = AutoAugment(AutoAugmentPolicy.CIFAR10)
FLAGS = list(product([0, 1], repeat=4))


def every_draw() -> torch.Tensor:
    """Each policy with either operation applied or not, and either sign."""
    return torch.tensor([[policy, *flags] for policy in range(25) for flags in FLAGS])


def pictures(n: int, channels: int, height: int, width: int) -> torch.Tensor:
    """Noise, faint noise, slopes and flat images in turn: flat ones are special to Equalize and AutoContrast."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randint(256, (n, channels, height, width), generator=generator)
    slope = (torch.arange(height * width).view(height, width) * 7 // 5 % 256).expand_as(noise)
    kinds = torch.stack([noise, 100 + noise // 16, slope, torch.full_like(noise, 77)])
    return kinds[torch.arange(n) % 4, torch.arange(n)].to(torch.uint8)


def by_torchvision(image: torch.Tensor, draw: list[int], fill: int) -> torch.Tensor:
    filled = AutoAugment(AutoAugmentPolicy.CIFAR10, fill=fill)._fill
    policy = TORCHVISION._policies[draw[0]]
    for (name, _, level), applied, negative in zip(policy, draw[1::2], draw[2::2], strict=True):
        magnitudes, signed = TORCHVISION._AUGMENTATION_SPACE[name]
        table = magnitudes(10, *image.shape[-2:])
        magnitude = 0.0 if table is None else float(table[level]) * (-1 if signed and negative else 1)
        if applied:
            image = TORCHVISION._apply_image_or_video_transform(
                image, name, magnitude, interpolation=TORCHVISION.interpolation, fill=filled
            )
    return image


@pytest.mark.parametrize(("channels", "height", "width"), [(3, 32, 32), (1, 8, 8), (3, 20, 28)])
@pytest.mark.parametrize(("shift", "fill"), [(0, 0), (1, 0), (2, 128), (3, 255)])
def test_equals_torchvision_sample_by_sample(channels: int, height: int, width: int, shift: int, fill: int):
    draws = every_draw()
    images = pictures(len(draws) + shift, channels, height, width)[shift:]
    expected = [by_torchvision(image, draw.tolist(), fill) for image, draw in zip(images, draws, strict=True)]
    assert torch.equal(Autoaugment(fill=fill)(images, draws), torch.stack(expected))


def test_a_sample_does_not_feel_its_neighbours():
    draws = every_draw()[torch.randperm(400, generator=torch.Generator().manual_seed(0))]
    images = pictures(400, 3, 32, 32)
    together = Autoaugment()(images, draws)
    parts = [Autoaugment()(images[i : i + 7], draws[i : i + 7]) for i in range(0, 400, 7)]
    assert torch.equal(together, torch.cat(parts))


def test_the_policies_are_torchvisions():
    theirs = TORCHVISION._policies
    assert tuple(tuple((name, p, level or 0) for name, p, level in operations) for operations in theirs) == POLICIES


def test_draws_follow_the_policies():
    draws = Autoaugment().draw(100_000, (32, 32), torch.Generator().manual_seed(0))
    policies = draws[:, 0].bincount()
    assert len(policies) == 25 and policies.min() > 3750 and policies.max() < 4250
    for policy, operations in enumerate(POLICIES):
        flags = draws[draws[:, 0] == policy, 1:].double().mean(0)
        for slot, (_, p, _) in enumerate(operations):
            assert flags[2 * slot].item() == pytest.approx(p, abs=0.04)
            assert flags[2 * slot + 1].item() == pytest.approx(0.5, abs=0.04)


def test_images_given_stay_as_they_are():
    images = pictures(400, 3, 8, 8)
    Autoaugment()(images, every_draw())
    assert torch.equal(images, pictures(400, 3, 8, 8))


def test_refuses_a_grey_that_is_none():
    with pytest.raises(UserError, match=r"augment.autoaugment.fill=256: must lie between 0 and 255"):
        Autoaugment(fill=256)


def test_refuses_event_frames():
    with pytest.raises(UserError, match="not event frames"):
        Autoaugment()(torch.zeros(2, 12, 8, 8, dtype=torch.uint8), torch.zeros(2, 5, dtype=torch.int64))


def test_a_torchvision_that_does_not_fit_is_told_in_one_line(tmp_path: Path):
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from snnexp.augments.autoaugment import functional
from snnexp.errors import UserError
try:
    functional()
except UserError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "beside torch" in done.stdout and "torchvision::nms does not exist" in done.stdout
