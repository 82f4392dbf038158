"""ESG is the derivative of its tanh, at the sharpness of its place in the training."""

import pytest
import torch

from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.surrogates.esg import Esg
from snnexp.training.assembly import make, make_neuron

SHARPNESS = [(0.0, 1.0), (0.5, 1 + 9 * (10**0.5 - 1) / 9), (1.0, 10.0)]


@pytest.mark.parametrize(("progress", "k"), SHARPNESS)
def test_is_the_derivative_at_its_sharpness(progress: float, k: float):
    surrogate = Esg(start=1.0, end=10.0)
    surrogate.follow(torch.tensor(progress, dtype=torch.float64))
    z = torch.linspace(-1, 1, 101, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad((torch.tanh(k * z) / 2 + 0.5).sum(), z)
    torch.testing.assert_close(surrogate(z.detach()), slope)


def test_follows_a_tensor_that_changes_in_place():
    surrogate, progress = Esg(start=1.0, end=10.0), torch.tensor(0.0)
    surrogate.follow(progress)
    assert surrogate(torch.zeros(1)).item() == 0.5
    progress.fill_(1.0)
    assert surrogate(torch.zeros(1)).item() == 5


@pytest.mark.parametrize("neuron", ["clif", "integer_lif"])
def test_a_neuron_of_its_own_step_follows_the_training(neuron: str):
    words = [f"neuron={neuron}", "surrogate=esg", "backbone.width=2", "T=2", "device=cpu"]
    _, trainer = make(compose(words))
    layer, x = trainer.network.spike1.neuron, torch.randn(2, 4, 2, 3, 3, requires_grad=True)
    found = []
    for progress, k in SHARPNESS:
        trainer.objective.progress.fill_(progress)
        (ours,) = torch.autograd.grad(layer(x).sum(), x)
        fixed = make_neuron(compose(words), layer.site, Esg(start=k, end=k))
        torch.testing.assert_close(ours, torch.autograd.grad(fixed(x).sum(), x)[0])
        found.append(ours)
    assert not torch.allclose(found[0], found[1]) and not torch.allclose(found[1], found[2])


@pytest.mark.parametrize(("given", "told"), [({"start": 0.0}, "start=0"), ({"end": 0.5}, "end=0.5")])
def test_refusals(given: dict[str, float], told: str):
    with pytest.raises(UserError, match=told):
        Esg(**{"start": 1.0, "end": 10.0} | given)
