"""MS-ResNet: the published counts, SpikingJelly's outputs and gradients, images as events."""

import pytest
import torch
from oracle import equal, layers, take_over

from snnexp.backbones.ms_resnet import MsResnet
from snnexp.errors import UserError
from snnexp.surrogates.rectangle import Rectangle

RECTANGLE = Rectangle(width=0.5)
MS = {"decay": 0.25, "decay_input": False, "v_threshold": 0.5}


@pytest.mark.parametrize(("name", "blocks", "millions"), [("18", [2] * 4, 11.69), ("34", [3, 4, 6, 3], 21.80)])
def test_parameters_are_those_published_and_spikingjellys(name: str, blocks: list[int], millions: float):
    model = pytest.importorskip("spikingjelly.activation_based.model.ms_resnet")
    with torch.device("meta"):
        network = MsResnet(layers(1), 3, 1000, width=64, blocks=blocks)
        theirs = getattr(model, f"ms_resnet{name}")()
    count = sum(p.numel() for p in network.parameters())
    assert count == sum(p.numel() for p in theirs.parameters()) and round(count / 1e6, 2) == millions


@pytest.mark.parametrize("events", [False, True], ids=["images", "events"])
def test_equals_spikingjellys(events: bool):
    model = pytest.importorskip("spikingjelly.activation_based.model.ms_resnet")
    theirs = model.MSResNet(T=2, num_classes=5, layers=(2, 1, 1), base_channels=4).double()
    ours = MsResnet(layers(2, RECTANGLE, **MS), 3, 5, width=4, blocks=[2, 1, 1]).double()
    pairs = take_over(ours, theirs)
    x = (2 * torch.randn(*([2] if events else []), 6, 3, 32, 32, dtype=torch.float64)).requires_grad_()
    equal(ours(x), theirs(x), x, pairs)


def test_roles():
    made = layers(1)
    MsResnet(made, 3, 5, width=4, blocks=[2, 1])
    assert [site.role for site in made.sites] == ["stem", "inner", "output", "inner", "output", "inner", "output"]


@pytest.mark.parametrize("blocks", [[], [2, 0]])
def test_refuses_stages_without_blocks(blocks: list[int]):
    with pytest.raises(UserError, match=r"backbone\.blocks="):
        MsResnet(layers(1), 3, 5, width=4, blocks=blocks)
