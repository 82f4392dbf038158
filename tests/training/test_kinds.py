"""Parts that are none of their group's kind, and norms that a setting would not reach, are refused in one line."""

from dataclasses import replace

import pytest
from torch import nn

from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.training.assembly import make, make_trainer
from snnexp.training.kinds import KINDS, check

SMALL = ["backbone.width=2", "T=1", "device=cpu"]


@pytest.mark.parametrize("group", KINDS)
def test_names_what_a_part_must_derive_from(group: str):
    kind = KINDS[group]
    with pytest.raises(UserError) as caught:
        check(group, 3)
    assert str(caught.value) == f"{group}._target_=builtins.int: must derive from {kind.__module__}.{kind.__name__}"
    check("optimizer", 3)  # of which torch decides


def test_a_part_of_another_group_is_refused_before_training():
    composed = compose(SMALL)
    loss = {"_target_": "snnexp.surrogates.rectangle.Rectangle", "width": 1.0}
    with pytest.raises(UserError, match=r"^loss\._target_=.*Rectangle: must derive from snnexp\.losses\.base\.Loss$"):
        make(replace(composed, config=composed.config | {"loss": loss}))


def test_the_surrogate_of_a_role_is_none_of_another_group():
    composed = compose(SMALL)
    own = {"surrogate": {"_target_": "snnexp.losses.mse_rate.MseRate"}}
    neuron = composed.config["neuron"] | {"by_role": {"stem": own}}
    with pytest.raises(UserError, match=r"^surrogate\._target_=.*MseRate: must derive from snnexp\.surrogates"):
        make(replace(composed, config=composed.config | {"neuron": neuron}))


def test_batch_norm_of_torch_is_refused_where_recomputing_would_move_it_twice():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    make_trainer(compose(SMALL), network)
    with pytest.raises(UserError, match=r"checkpoint_activations=true: does not reach torch's BatchNorm2d 1; use"):
        make_trainer(compose([*SMALL, "trainer.checkpoint_activations=true"]), network)
