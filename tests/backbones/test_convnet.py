"""The small network for digits and event frames."""

import pytest
import torch

from snnexp.backbones.convnet import Convnet
from snnexp.backbones.layers import Layers
from snnexp.errors import UserError
from snnexp.neurons.lif import Lif
from snnexp.surrogates.rectangle import Rectangle

CONSTANTS = {
    "decay": 0.25, "decay_input": False, "v_threshold": 0.5, "strict": True, "reset": "hard", "v_reset": 0.0,
    "v_subtract": 1.0, "detach_reset": False,
}  # fmt: skip


def layers(T: int = 2) -> Layers:
    return Layers(T, 0.5, lambda site: Lif(site, Rectangle(width=1.0), **CONSTANTS))


@pytest.mark.parametrize("size", [8, 28, 34])
@pytest.mark.parametrize("T", [1, 4])
def test_reads_images_and_events(T, size):
    assert Convnet(layers(T), 1, 10, width=4, norm="bn")(torch.randn(3, 1, size, size)).shape == (3, 10)
    assert Convnet(layers(T), 2, 10, width=4, norm="tdbn")(torch.randn(T, 3, 2, size, size)).shape == (3, 10)


def test_refuses_no_width():
    with pytest.raises(UserError, match=r"backbone\.width=0"):
        Convnet(layers(), 1, 10, width=0, norm="bn")
