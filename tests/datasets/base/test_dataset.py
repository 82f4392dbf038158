import pytest
import torch

from snnexp.datasets.base import Events, Images, Split
from snnexp.errors import UserError


class Pair(Images):
    num_classes, in_channels, size = 2, 2, (1, 2)

    def read(self, T: int) -> tuple[Split, Split]:
        x = torch.zeros(3, 2, 1, 2, dtype=torch.uint8)
        return Split(x, torch.zeros(3).long()), Split(x[:1], torch.zeros(1).long())


class Recordings(Events):
    num_classes, size = 2, (1, 2)

    def read(self, T: int) -> tuple[Split, Split]:
        raise NotImplementedError


def test_images_are_normalised_by_channel():
    x = torch.tensor([[[[0, 255]], [[51, 102]]]], dtype=torch.uint8)
    normal = Pair(mean=[0.5, 0.2], std=[0.5, 0.1]).normalize(x)
    torch.testing.assert_close(normal, torch.tensor([[[[-1.0, 1.0]], [[0.0, 2.0]]]]))


def test_frames_become_raw_counts_with_time_first():
    x = torch.randint(256, (3, 5, 2, 4, 6), dtype=torch.uint8)
    frames = Recordings().normalize(x)
    assert frames.dtype == torch.float32 and frames.is_contiguous()
    assert torch.equal(frames, x.permute(1, 0, 2, 3, 4).float())


def test_describes_itself_once_loaded():
    pair = Pair(mean=[0.0, 0.0], std=[1.0, 1.0])
    assert pair.describe().endswith(": not loaded")
    pair.load(T=4)
    assert pair.describe() == f"{pair.name}: 3 training, 1 test images"


@pytest.mark.parametrize(
    ("mean", "std", "message"),
    [([0.5], [1.0, 1.0], "mean"), ([0.0, 0.0], [1.0], "std"), ([0.0, 0.0], [1.0, 0.0], "std.*above 0")],
)
def test_refuses_statistics_that_do_not_fit(mean: list[float], std: list[float], message: str):
    with pytest.raises(UserError, match=message):
        Pair(mean=mean, std=std)
