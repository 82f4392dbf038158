"""A parametric LIF at the stem, integrate-and-fire behind it."""

import pytest
import torch

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.neurons.lif import Lif
from snnexp.neurons.plif import Plif
from snnexp.neurons.plif_stem import PlifStem
from snnexp.surrogates.atan import Atan
from snnexp.surrogates.sigmoid import Sigmoid

CONSTANTS = {
    "decay": 0.25, "decay_input": True, "v_threshold": 1.0, "strict": False, "reset": "hard", "v_reset": 0.0,
    "v_subtract": 1.0, "detach_reset": False,
}  # fmt: skip
STEM, INNER = Site("stem0", 0, 3, 6, "stem"), Site("inner1", 1, 3, 6, "inner")


def spikes_and_gradients(neuron) -> list[torch.Tensor]:
    torch.manual_seed(0)
    x = (2 * torch.randn(6, 2, 3, 50)).requires_grad_()
    spikes = neuron(x)
    spikes.square().sum().backward()
    return [spikes, x.grad, *(p.grad for p in neuron.parameters())]


def equal(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    return len(a) == len(b) and all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def make(site: Site) -> PlifStem:
    return PlifStem(site, Sigmoid(alpha=4.0), stem_surrogate=Atan(alpha=2.0), **CONSTANTS)


def test_the_stem_is_a_parametric_lif_with_its_own_surrogate():
    assert equal(spikes_and_gradients(make(STEM)), spikes_and_gradients(Plif(STEM, Atan(alpha=2.0), **CONSTANTS)))


def test_all_else_integrates_without_a_leak():
    without = Lif(INNER, Sigmoid(alpha=4.0), **CONSTANTS | {"decay": 1.0, "decay_input": False})
    assert equal(spikes_and_gradients(make(INNER)), spikes_and_gradients(without))


@pytest.mark.parametrize("decay", [0.0, 1.0])
def test_refuses_a_leak_that_cannot_be_learned(decay):
    with pytest.raises(UserError, match=f"decay={decay}"):
        PlifStem(STEM, Sigmoid(alpha=4.0), stem_surrogate=Atan(alpha=2.0), **CONSTANTS | {"decay": decay})
