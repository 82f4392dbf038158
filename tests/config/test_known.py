"""What a finished run's config vouches for, and what it does not."""

import json
from pathlib import Path

import pytest

from snnexp.config import schema
from snnexp.config.compose import compose
from snnexp.config.known import stands_for
from snnexp.errors import UserError

WORDS = ["exp=rmp_cifar10", "regularizer=[rmp,mpr]", "optimizer=adam", "optimizer.lr=1"]


@pytest.mark.parametrize(
    ("known", "value", "same"),
    [
        (1.0, 1, True),
        (1, 1.0, False),
        (1.0, True, False),
        (1, True, False),
        ("1", 1, False),
        (None, None, True),
        (None, 0, False),
        ([1.0, 2], (1, 2), True),
        ([1.0], [1, 2], False),
        ({"a": 1.0, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({"a": {}, "b": {}}, {"b": {}, "a": {}}, False),  # parts act in their order
    ],
)
def test_what_stands_for_a_value_is_what_validation_makes_of_it(known: object, value: object, same: bool):
    assert stands_for(known, value) == same


def test_a_config_that_is_known_is_the_same_without_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    words = [*WORDS, f"runs_dir={tmp_path}"]
    expected = compose(words).config
    stored, asked = json.loads(json.dumps(expected)), []
    with monkeypatch.context() as patch:
        patch.setattr(schema, "resolve", None)  # what imports parts
        found = compose(words, known=lambda folder: asked.append(folder) or [stored]).config
    assert json.dumps(found) == json.dumps(expected) and asked == [tmp_path / "rmp_cifar10"]
    turned = ["regularizer=[mpr,rmp]", *words[2:]]
    swapped = compose([words[0], *turned], known=lambda folder: [stored]).config
    assert json.dumps(swapped) == json.dumps(compose([words[0], *turned]).config) != json.dumps(expected)
    for wrong in ("neuron.decay=true", "optimizer.lr=x"):
        with pytest.raises(UserError, match=wrong):
            compose([*words, wrong], known=lambda folder: [stored])
