"""TEBN equals SpikingJelly's, is right for static images, and forbids nothing but the shared steps."""

import pytest
import torch
from per_step import CONSTANTS, SITE, X, equal, gradient, static_is_its_copies
from torch import nn

from snnexp.norms.tebn import Tebn


def drawn() -> Tebn:
    torch.manual_seed(0)
    norm = Tebn(SITE, **CONSTANTS).double()
    nn.init.uniform_(norm.p, 0.5, 1.5)
    nn.init.uniform_(norm.weight, 0.5, 1.5)
    nn.init.normal_(norm.bias)
    return norm


def test_equals_spikingjellys():
    layer = pytest.importorskip("spikingjelly.activation_based.layer")
    ours, theirs = drawn(), layer.TemporalEffectiveBatchNorm2d(4, 3).double()
    theirs.load_state_dict({"scale": ours.p, "weight": ours.weight, "bias": ours.bias}, strict=False)
    equal(ours, theirs, [(ours.p, theirs.scale), (ours.weight, theirs.weight), (ours.bias, theirs.bias)])


def test_an_image_is_its_copies():
    static_is_its_copies(drawn(), drawn())


def test_gradient():
    assert gradient(drawn())


def test_does_not_fuse():
    assert not drawn().eval().fuses(torch.randn(X))
