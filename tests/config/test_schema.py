import copy
from collections.abc import Iterator

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from snnexp.config.compose import compose
from snnexp.config.schema import SEVERAL, validate
from snnexp.config.settings import LATER
from snnexp.errors import UserError
from snnexp.runs.identity import key

CONFIG = compose(["augment=autoaugment_cutout", "optimizer=adam", "regularizer=[rmp,mpr]", "neuron=plif"]).config
OPTIONAL = ("optimizer.", "schedule.", "threads", *LATER)  # torch's have defaults; configs of old lack the others


def leaves(node: dict, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in node.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, name))
        elif name != "_target_":
            yield (*path, name)


def nodes(node: dict, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if path and path not in [(group,) for group in SEVERAL]:
        yield path
    for name, value in node.items():
        if isinstance(value, dict):
            yield from nodes(value, (*path, name))


def parent(config: dict, path: tuple[str, ...]) -> dict:
    for name in path[:-1]:
        config = config[name]
    return config


def changed(path: tuple[str, ...], value: object) -> dict:
    config = copy.deepcopy(CONFIG)
    parent(config, path)[path[-1]] = value
    return config


WHOLE = ("trainer", "early_stopping")  # a group that is checked, and refused, as one value
LEAVES, NODES = ([path for path in found(CONFIG) if path[:2] != WHOLE] for found in (leaves, nodes))
names = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
values = scalars | st.lists(scalars, max_size=3) | st.dictionaries(names, scalars, max_size=2)


@given(path=st.sampled_from(LEAVES), value=values)
def test_any_value_is_refused_in_one_line_or_makes_a_valid_config(path, value):
    try:
        valid = validate(changed(path, value))
    except UserError as error:
        assert str(error).startswith(f"{'.'.join(path)}=") and len(str(error).splitlines()) == 1
    else:
        assert validate(valid) == valid
        assert key(validate(yaml.safe_load(yaml.safe_dump(valid, sort_keys=False)))) == key(valid)


@given(path=st.sampled_from(NODES), name=names, value=values)
def test_any_unknown_key_is_refused_by_its_full_name(path, name, value):
    known = parent(CONFIG, (*path, name))
    assume(name not in known and path[0] != "optimizer")
    with pytest.raises(UserError, match=rf"^{'.'.join(path)}.{name}=.*: no such key; "):
        validate(changed((*path, name), value))


@given(path=st.sampled_from([path for path in LEAVES if not ".".join(path).startswith(OPTIONAL)]))
def test_any_missing_key_is_named(path):
    config = copy.deepcopy(CONFIG)
    del parent(config, path)[path[-1]]
    with pytest.raises(UserError, match=rf"^{'.'.join(path)}: missing"):
        validate(config)


@given(path=st.sampled_from([path for path in LEAVES if len(path[-1]) > 4]), data=st.data())
def test_a_slip_in_a_key_is_told_with_the_right_one(path, data):
    name = path[-1]
    cut = data.draw(st.integers(0, len(name) - 1))
    slip = name[:cut] + name[cut + 1 :]
    config = changed((*path[:-1], slip), 1)
    assume(slip not in parent(CONFIG, path))
    with pytest.raises(UserError, match=rf"did you mean .*\b{'.'.join(path)}\b"):
        validate(config)


def test_keys_take_the_constructors_order_whatever_was_given():
    config = copy.deepcopy(CONFIG)
    for path in NODES:
        node = parent(config, path)
        if path[0] not in ("augment", "regularizer"):
            node[path[-1]] = dict(reversed(node[path[-1]].items()))
    assert yaml.safe_dump(validate(config), sort_keys=False) == yaml.safe_dump(CONFIG, sort_keys=False)


def test_transforms_and_regularizers_keep_the_order_they_act_in():
    config = copy.deepcopy(CONFIG)
    for group in ("augment", "regularizer"):
        config[group] = dict(reversed(config[group].items()))
    valid = validate(config)
    assert list(valid["augment"]) == ["_target_", "cutout", "autoaugment", "flip", "crop"]
    assert list(valid["regularizer"]) == ["mpr", "rmp"]


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (("T",), 0, "T=0: must be at least 1"),
        (("seed",), -1, "seed=-1: must lie in"),
        (("device",), "gpu", "device=gpu: must be auto, cpu, cuda or cuda:N"),
        (("trainer", "epochs"), -3, "trainer.epochs=-3: must be at least 1"),
        (("trainer",), None, "trainer=null: must be a group of keys"),
        (("loss",), {}, "loss: names no _target_"),
        (("optimizer", "weight_decay_on"), "weight", "optimizer.weight_decay_on=weight: must be all or weights"),
        (("optimizer", "decay"), "all", "optimizer.decay=all: has moved, write optimizer.weight_decay_on=all; a run"),
        (("backbone", "norm"), "tdbn", "backbone.norm=tdbn: has moved, write norm=tdbn; a run stored under"),
        (("schedule", "by"), "batch", "schedule.by=batch: must be epoch or step"),
        (("neuron", "decay"), {"_target_": "snnexp.losses.mse_rate.MseRate"}, "neuron.decay="),
        (("augment", "extra"), 3, "augment.extra=3: no such key"),
        (("learning_rate",), 0.1, "learning_rate=0.1: no such key; the keys there are T, seed"),
        (("lr",), 0.1, "lr=0.1: no such key; did you mean optimizer.lr?"),
        (("loss", "_target_"), "os.system", "loss._target_=os.system: must begin with snnexp."),
        (
            ("augment", "flip", "_target_"),
            "snnexp.runs.run.Path",
            "augment.flip._target_=snnexp.runs.run.Path: neither",
        ),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else "",
)
def test_refuses(path: tuple[str, ...], value: object, text: str):
    with pytest.raises(UserError) as caught:
        validate(changed(path, value))
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize("name", ["", "a b", "class"])
def test_a_link_of_a_chain_needs_a_name_that_python_takes(name: str):
    config = compose(["augment=flip"]).config
    config["augment"] = dict(config["augment"]) | {name: {"_target_": "snnexp.augments.flip.Flip"}}
    with pytest.raises(UserError, match="no such key"):
        validate(config)


def test_a_key_of_torchs_own_may_be_added_but_not_one_it_does_not_take():
    assert validate(changed(("optimizer", "amsgrad"), True))["optimizer"]["amsgrad"] is True
    with pytest.raises(UserError, match=r"^optimizer.momentum=0.9: no such key"):
        validate(changed(("optimizer", "momentum"), 0.9))
    with pytest.raises(UserError, match=r"^optimizer.params=\[\]: no such key"):
        validate(changed(("optimizer", "params"), []))


def test_a_forbidden_target_is_refused_before_anything_else_is_looked_at():
    config = changed(("loss", "_target_"), "os.system") | {"nonsense": 1}
    with pytest.raises(UserError, match=r"os\.system"):
        validate(config)
