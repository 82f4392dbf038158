"""SEW-ResNet-18 for small images: its count, its sizes, and SpikingJelly's blocks."""

import pytest
import torch
from oracle import equal, layers, take_over
from torch import nn

from snnexp.backbones.sew_resnet18_cifar import SewResnet18Cifar


def test_parameters_and_sizes(sizes):
    made = layers(1)
    with torch.device("meta"):
        network = SewResnet18Cifar(made, 3, 10, width=64)
    # He's ResNet-18 with a 3x3 stem and 10 classes
    assert sum(p.numel() for p in network.parameters()) == 11_689_512 - 3 * 64 * (49 - 9) - 513 * 990 == 11_173_962
    assert sizes(SewResnet18Cifar(layers(1), 3, 10, width=2)) == [32] * 5 + [16] * 5 + [8] * 5 + [4] * 5


def test_equals_spikingjellys_blocks_behind_its_own_stem():
    model = pytest.importorskip("spikingjelly.activation_based.model.sew_resnet")
    jelly = pytest.importorskip("spikingjelly.activation_based")
    neuron = {"spiking_neuron": jelly.neuron.LIFNode, "tau": 2.0, "detach_reset": True}
    theirs = model.sew_resnet18(num_classes=5, cnf="ADD", **neuron)
    jelly.functional.set_step_mode(theirs, "m")
    for name in ("conv1", "bn1", "sn1", "maxpool", "avgpool", "fc"):
        delattr(theirs, name)
    ours = SewResnet18Cifar(layers(2), 3, 5, width=64).blocks.double()
    theirs = nn.Sequential(theirs.layer1, theirs.layer2, theirs.layer3, theirs.layer4).double()
    pairs = take_over(ours, theirs)
    x = torch.randint(2, (2, 2, 64, 8, 8)).double().requires_grad_()
    equal(ours(x), theirs(x), x, pairs)
