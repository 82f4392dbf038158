"""ESG is the derivative of its tanh, at the sharpness of its place in the training."""

import pytest
import torch

from snnexp.errors import UserError
from snnexp.surrogates.esg import Esg

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


@pytest.mark.parametrize(("given", "told"), [({"start": 0.0}, "start=0"), ({"end": 0.5}, "end=0.5")])
def test_refusals(given: dict[str, float], told: str):
    with pytest.raises(UserError, match=told):
        Esg(**{"start": 1.0, "end": 10.0} | given)
