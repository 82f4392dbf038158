"""The small network for digits and event frames."""

import pytest
import torch

from snnexp.backbones.convnet import Convnet
from snnexp.errors import UserError


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (34, 34), (32, 20)])
@pytest.mark.parametrize("T", [1, 4])
def test_reads_images_and_events(layers, T, size):
    assert Convnet(layers(T, size=size), 1, 10, width=4)(torch.randn(3, 1, *size)).shape == (3, 10)
    assert Convnet(layers(T, size=size), 2, 10, width=4)(torch.randn(T, 3, 2, *size)).shape == (3, 10)


def test_refuses_no_width(layers):
    with pytest.raises(UserError, match=r"backbone\.width=0"):
        Convnet(layers(size=(8, 8)), 1, 10, width=0)
