"""Counts what lives, and convolutions that are not computed take the room of those that are."""

import pytest
import torch
from torch import nn

from snnexp.metrics import allocations
from snnexp.metrics.allocations import Allocations

LAST = torch.channels_last


def test_counts_a_storage_once_and_until_it_is_gone():
    with Allocations() as counted:
        x = torch.zeros(1000)  # 4000 bytes
        view = x.view(10, 100)
        y = view + 1
        del x
        assert counted.now == 8000
        del view, y
        assert counted.now == 0 and counted.peak == 8000


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(4, 6, 3, padding=1, bias=False),
        nn.Conv2d(4, 6, (3, 1), stride=2, dilation=2, groups=2),
        nn.Conv2d(4, 6, 1, stride=(1, 2)),
        nn.ConvTranspose2d(4, 6, 3),
        nn.Conv1d(4, 6, 3),
    ],
    ids=["same size", "grouped", "strided", "transposed", "1d"],
)
@pytest.mark.parametrize("is_last", [False, True], ids=["as given", "channels last"])
def test_a_convolution_takes_the_room_that_it_would_take(
    layer: nn.Module, is_last: bool, monkeypatch: pytest.MonkeyPatch
):
    x = torch.ones(2, 4, 9, 9)[..., 0] if isinstance(layer, nn.Conv1d) else torch.ones(2, 4, 9, 9)
    if is_last and x.dim() == 4:
        layer.to(memory_format=LAST)

    def step():
        layer.zero_grad(set_to_none=True)
        given = x.clone().requires_grad_()
        with Allocations() as counted:
            out = layer(given)
            kept = counted.now
            out.sum().backward()
            gradients = [given.grad, *(p.grad for p in layer.parameters())]
        found = [(tensor.shape, tensor.stride()) for tensor in (out, *gradients)]
        return kept, counted.now, found

    simulated = step()
    monkeypatch.setattr(allocations, "STAND_INS", {})
    assert step() == simulated


def test_nothing_is_computed():
    with Allocations():
        assert not nn.functional.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 2, 2)).any()
