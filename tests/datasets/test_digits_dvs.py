import math
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from event_files import is_read_alone
from PIL import Image
from sklearn.linear_model import RidgeClassifier

from snnexp.datasets.base import read_digits
from snnexp.datasets.digits_dvs import DigitsDvs
from snnexp.errors import UserError

SMALL = {"sensor": 12, "digit": 8, "travel": 3.0, "steps": 9, "threshold": 0.3, "dark": 0.1}


def by_hand(image: torch.Tensor, T: int) -> torch.Tensor:
    """An event camera pixel by pixel: each look is compared with the level of the pixel's last event."""
    corners = [(-1.5, -1.5), (1.5, 0.0), (-1.5, 1.5), (-1.5, -1.5)]
    looks = [corners[0]]
    for (y0, x0), (y1, x1) in pairwise(corners):
        looks += [(y0 + (y1 - y0) * k / 3, x0 + (x1 - x0) * k / 3) for k in (1, 2, 3)]
    frames = torch.zeros(T, 2, 12, 12)
    for y in range(12):
        for x in range(12):
            level = None
            for step, (dy, dx) in enumerate(looks):
                seen = math.log(0.1 + interpolated(image, y - 2 + dy, x - 2 + dx))
                level = seen if level is None else level
                while abs(seen - level) >= 0.3 - 1e-6:
                    sign = 1 if seen > level else -1
                    level += sign * 0.3
                    frames[(step - 1) * T // 9, int(sign > 0), y, x] += 1
    return frames


def interpolated(image: torch.Tensor, y: float, x: float) -> float:
    """Intensity between the pixels' centres; dark outside."""
    rows, columns = range(math.floor(y), math.floor(y) + 2), range(math.floor(x), math.floor(x) + 2)
    near = [(i, j) for i in rows for j in columns if 0 <= i < 8 and 0 <= j < 8]
    return sum(image[i, j].item() / 255 * (1 - abs(y - i)) * (1 - abs(x - j)) for i, j in near)


@pytest.mark.parametrize("T", [1, 4, 9])
def test_equals_an_event_camera_pixel_by_pixel(T: int):
    images = read_digits()[0].x[:3]
    frames = DigitsDvs(**SMALL).record(images, T)
    for image, frame in zip(images, frames, strict=True):
        assert torch.equal(frame.float(), by_hand(image[0], T))


def test_the_same_events_whatever_the_bins():
    images = read_digits()[0].x[:20]
    fine = DigitsDvs().record(images, 60).int()
    for T in (1, 3, 6, 10):
        assert torch.equal(DigitsDvs().record(images, T).int(), fine.view(20, T, 60 // T, 2, 28, 28).sum(2))


def test_a_recording_does_not_feel_its_neighbours():
    images = read_digits()[0].x[:20]
    assert torch.equal(DigitsDvs().record(images, 6)[3:5], DigitsDvs().record(images[3:5], 6))


def test_a_dark_image_makes_no_events():
    assert DigitsDvs().record(torch.zeros(1, 1, 8, 8, dtype=torch.uint8), 4).sum() == 0


def test_a_linear_classifier_reads_the_digits():
    train, test = DigitsDvs().load(T=6)
    assert train.x.shape == (1437, 6, 2, 28, 28) and train.x.dtype == torch.uint8
    model = RidgeClassifier(alpha=100).fit(train.x.flatten(1).float().sqrt().numpy(), train.y.numpy())
    assert model.score(test.x.flatten(1).float().sqrt().numpy(), test.y.numpy()) > 0.95


def test_describes_itself():
    digits = DigitsDvs(steps=3)
    digits.load(T=1)
    assert digits.describe() == "digits_dvs: 1437 training, 360 test recordings"


@pytest.mark.parametrize(
    "constant", [{"digit": 0}, {"travel": 0.0}, {"steps": 0}, {"threshold": -0.1}, {"dark": 0.0}], ids=str
)
def test_refuses_constants_that_are_not_positive(constant: dict[str, float]):
    ((key, value),) = constant.items()
    with pytest.raises(UserError, match=rf"dataset\.{key}={value}: must be above 0"):
        DigitsDvs(**constant)


def test_refuses_a_sensor_the_digit_leaves():
    with pytest.raises(UserError, match=r"sensor=20: must be at least digit \+ travel = 26"):
        DigitsDvs(sensor=20)


def test_refuses_more_bins_than_looks():
    with pytest.raises(UserError, match=r"T=61.*dataset\.steps"):
        DigitsDvs().load(T=61)


def test_a_picture_from_elsewhere_is_recorded_as_those_of_the_set(tmp_path: Path):
    _, images = read_digits()
    Image.fromarray(images.x[7, 0].numpy()).save(tmp_path / "seven.png")
    dataset = DigitsDvs()
    assert is_read_alone(dataset, tmp_path / "seven.png", 7, 4, tmp_path)
