"""The penalty on firing rates: by hand, within bounds, its gradient and its refusals."""

import pytest
import torch
from penalized import outputs

from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.regularizers.rate import Rate
from snnexp.training.assembly import make


def spikes(rate: float) -> dict[str, torch.Tensor]:
    """A layer of which a share of the neurons fires."""
    return {"spikes": (torch.arange(20.0, dtype=torch.float64) < 20 * rate).double().view(2, 2, 5)}


def test_by_hand():
    rate = Rate(weight=2.0, lower=0.2, upper=0.5)
    expected = 2 * ((0.2 - 0.1) ** 2 + 0 + (0.8 - 0.5) ** 2) / 3
    torch.testing.assert_close(
        rate.penalty(outputs(spikes(0.1), spikes(0.3), spikes(0.8))), torch.tensor(expected, dtype=torch.float64)
    )


def test_gradient():
    rate = Rate(weight=1.0, lower=0.2, upper=0.4)
    x = torch.rand(2, 3, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: rate.penalty(outputs({"spikes": x}, {"spikes": 0.1 * x})), x)


def test_lowers_the_rates_of_a_network_through_the_surrogate():
    words = ["regularizer=[rate]", "regularizer.rate.upper=0", "backbone.width=2", "T=2", "device=cpu"]
    _, trainer = make(compose(words))
    _, _, penalty, records = trainer.objective(torch.rand(4, 1, 8, 8), torch.arange(4))
    rates = torch.stack([record.firing_rate for record in records])
    torch.testing.assert_close(penalty, rates.square().mean())
    (gradient,) = torch.autograd.grad(records[-1].spikes.mean(), trainer.network.spike3.norm.bias)
    assert (gradient >= 0).all() and gradient.any()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"weight": -1.0}, "weight=-1"), ({"lower": 0.5}, "lower=0.5 upper=0.1"), ({"upper": 1.5}, "upper=1.5")],
)
def test_refusals(wrong: dict[str, float], told: str):
    with pytest.raises(UserError, match=told):
        Rate(**{"weight": 1.0, "lower": 0.0, "upper": 0.1} | wrong)


def test_the_rate_is_taken_in_float32_where_spikes_are_bfloat16():
    spikes = torch.zeros(1000).bfloat16()
    spikes[:257] = 1  # bfloat16 has no 0.257
    penalty = Rate(weight=1.0, lower=0.0, upper=0.25).penalty(outputs({"spikes": spikes.view(1, 1, -1)}))
    torch.testing.assert_close(penalty, torch.tensor(0.007**2), rtol=1e-4, atol=0)
