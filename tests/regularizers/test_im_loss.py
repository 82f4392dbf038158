"""IM-Loss: by hand, at its sites, its target that of the neuron, and its gradient."""

import pytest
import torch
from penalized import outputs

from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.regularizers.im_loss import ImLoss


@pytest.mark.parametrize(("sites", "scales"), [("all", [1, 2, 3]), ("block_outputs", [1, 3])])
def test_by_hand_at_its_sites(sites: str, scales: list[int]):
    x = torch.randn(2, 4, 3, 5, 5, dtype=torch.float64)
    layers = outputs({"x": x}, {"x": 2 * x}, {"x": 3 * x}, roles=("stem", "inner", "output"))
    expected = 2 * sum((scale * x.mean() - 0.5) ** 2 for scale in scales) / len(scales)
    torch.testing.assert_close(ImLoss(weight=2.0, target=0.5, sites=sites).penalty(layers), expected)


def test_gradient():
    loss = ImLoss(weight=2.0, target=0.5, sites="all")
    x = torch.randn(2, 2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: loss.penalty(outputs({"x": x}, {"x": x.square()})), x)


def test_the_target_is_the_threshold_unless_given():
    words = ["regularizer=[im_loss]", "neuron.v_threshold=0.75"]
    assert compose(words).config["regularizer"]["im_loss"]["target"] == 0.75
    assert compose([*words, "regularizer.im_loss.target=0.125"]).config["regularizer"]["im_loss"]["target"] == 0.125


def test_refuses_a_negative_weight():
    with pytest.raises(UserError, match=r"regularizer\.im_loss\.weight=-1"):
        ImLoss(weight=-1.0, target=0.5, sites="all")


def test_the_mean_is_taken_in_float32_where_currents_are_bfloat16():
    x = torch.full((2, 2, 1), 0.5).bfloat16()
    x[0, 0] = 0.50390625  # the mean, 0.5009765625, lies between two values of bfloat16
    penalty = ImLoss(weight=1.0, target=0.5, sites="all").penalty(outputs({"x": x}))
    torch.testing.assert_close(penalty, torch.tensor(0.0009765625**2))
