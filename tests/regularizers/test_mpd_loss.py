"""MPD-Loss: each of its three terms alone, its gradient, and channels that are silent."""

import pytest
import torch
from penalized import outputs

from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.regularizers.mpd_loss import MpdLoss
from snnexp.training.assembly import make


def loss(**given: float) -> MpdLoss:
    return MpdLoss(**{"weight": 1.0, "threshold": 0.5, "nearest": 1.0, "widest": 2.0} | given)


def potentials(mean: float, deviation: float) -> torch.Tensor:
    """Two values a channel, of which mean and deviation from the threshold are these."""
    return (0.5 + mean + deviation * torch.tensor([-1.0, 1.0], dtype=torch.float64)).view(2, 1, 1)


@pytest.mark.parametrize(
    ("mean", "deviation", "expected"),
    [
        (0.0, 1.5, 0.0),
        (1.0, 0.5, 1.0 - 0.25),  # degenerated
        (-1.0, 0.5, 1.0 - 0.25),
        (0.0, 2.5, 0.25),  # saturated
        (0.2, 0.3, 0.25),  # crowded about the threshold
        (0.3, 0.2, 0.05 + 0.25),
    ],
)
def test_terms_by_hand(mean: float, deviation: float, expected: float):
    found = loss().penalty(outputs({"v_pre": potentials(mean, deviation)})).item()
    assert found == pytest.approx(expected, abs=1e-12)


def test_is_the_weighted_mean_over_channels_and_layers():
    wide, narrow = potentials(0.0, 2.5), potentials(0.2, 0.3)
    layers = outputs({"v_pre": torch.cat([wide, narrow, narrow], 2)}, {"v_pre": potentials(0.0, 1.5)})
    assert loss(weight=4.0).penalty(layers).item() == pytest.approx(4 * 0.25 / 2)


def test_gradient():
    v_pre = torch.randn(2, 4, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    scales = torch.tensor([0.1, 1.0, 4.0], dtype=torch.float64).view(3, 1, 1)
    assert torch.autograd.gradcheck(
        lambda v: loss().penalty(outputs({"v_pre": scales * v + scales}, {"v_pre": v})), v_pre
    )


def test_a_channel_that_never_moves_has_a_finite_gradient():
    v_pre = torch.zeros(2, 4, 3, 2, 2, requires_grad=True)
    loss().penalty(outputs({"v_pre": v_pre})).backward()
    assert torch.isfinite(v_pre.grad).all() and v_pre.grad.any()


def test_refuses_a_negative_weight():
    with pytest.raises(UserError, match=r"regularizer\.mpd_loss\.weight=-1"):
        loss(weight=-1.0)


def test_refuses_a_neuron_with_another_threshold():
    neuron = ["neuron.by_role.output.v_threshold=1.0", "regularizer=[mpd_loss]", "device=cpu"]
    with pytest.raises(UserError, match=r"mpd_loss.threshold=0.5: a neuron's threshold is 1.0"):
        make(compose(["+" + neuron[0], *neuron[1:]]))
