"""A network's neurons may differ by their role."""

from typing import get_args

import pytest
import torch

from snnexp.backbones.layers import LayerFactory
from snnexp.config.compose import compose
from snnexp.config.schema import ROLES, validate
from snnexp.errors import UserError
from snnexp.neurons.base import Role, SpikingLayer
from snnexp.neurons.lif import Lif
from snnexp.neurons.plif import Plif
from snnexp.surrogates.atan import Atan
from snnexp.surrogates.rectangle import Rectangle
from snnexp.training.assembly import make_network, part

SMALL = ["backbone.width=2", "T=1", "device=cpu"]


def neurons(*overrides: str) -> dict[str, SpikingLayer]:
    composed = compose([*SMALL, *overrides])
    modules = make_network(composed, part(composed, "dataset"), []).modules()
    return {module.site.name: module for module in modules if isinstance(module, SpikingLayer)}


def test_only_what_differs_is_named():
    stem, *others = neurons("+neuron.by_role.stem={decay: 0.9, strict: false}").values()
    assert (stem.constants.decay, stem.constants.strict, stem.v_threshold) == (0.9, False, 0.5)
    assert all((each.constants.decay, each.constants.strict) == (0.25, True) for each in others)


def test_a_role_may_have_another_neuron_and_surrogate():
    stem, *others = neurons("backbone=sew_resnet18", "neuron=plif_stem").values()
    assert isinstance(stem, Plif) and stem.surrogate == Atan(alpha=2.0) and stem.constants.decay_input
    assert all(type(each) is Lif and each.constants.decay == 1.0 and each.surrogate == Rectangle() for each in others)


def test_stands_in_the_config_as_it_was_given_with_its_types():
    composed = compose([*SMALL, "+neuron.by_role.output={v_threshold: 1}"])
    assert composed.config["neuron"]["by_role"] == {"output": {"v_threshold": 1.0}}
    assert validate(composed.config) == composed.config
    assert "by_role" not in compose(SMALL).config["neuron"]


@pytest.mark.parametrize(
    ("override", "text"),
    [
        ("+neuron.by_role.steem={decay: 0.9}", 'neuron.by_role.steem={"decay": 0.9}: no such key; did you mean'),
        ("+neuron.by_role.stem={deacy: 0.9}", "neuron.by_role.stem.deacy=0.9: no such key; did you mean"),
        ("+neuron.by_role.stem={decay: fast}", "neuron.by_role.stem.decay=fast: must be a number"),
        ("+neuron.by_role.stem=3", "neuron.by_role.stem=3: must be a group of keys"),
        ("+neuron.by_role.head={decay: 0.9}", "neuron.by_role.head: the network has no such neurons; there are stem"),
    ],
)
def test_refuses(override: str, text: str):
    with pytest.raises(UserError) as caught:
        neurons(override)
    assert str(caught.value).startswith(text)


def test_roles_are_those_of_sites():
    assert get_args(Role) == ROLES


class Doubled(torch.nn.Module):
    def forward(self, x):
        return 2 * x


def test_a_neuron_without_a_norm_has_its_gate():
    constants = {name: value for name, value in compose(SMALL).config["neuron"].items() if name != "_target_"}
    made = LayerFactory(3, lambda site: Lif(site, Rectangle(), **constants), lambda site: Doubled())
    gated, x = made.neuron(4, "inner"), torch.rand(1, 2, 4, 5, 5)
    assert torch.equal(gated(x), gated.neuron(2 * x)) and gated(x).any()
    made.gate = lambda site: None
    assert made.neuron(4, "output").gate is None and [site.role for site in made.sites] == ["inner", "output"]
