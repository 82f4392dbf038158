"""TEBN equals SpikingJelly's, is right for static images, and forbids nothing but the shared steps."""

import pytest
import torch
from constants import RMP
from per_step import CONSTANTS, SITE, X, equal, gradient, static_is_its_copies
from torch import nn

from snnexp.norms.tebn import Tebn
from snnexp.ops.lif import lif
from snnexp.surrogates.rectangle import Rectangle


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


def test_has_its_steps_behind_a_neuron_too():
    """Which it is not one operator with; of one step it makes all."""
    norm, x, neuron = drawn().eval(), torch.randn(1, *X[1:]).double(), (RMP, Rectangle(), None)
    spikes = norm.lif(x, *neuron, residual=None, T=X[0]).spikes
    assert torch.equal(spikes, lif(norm(x, X[0]), *neuron).spikes)
