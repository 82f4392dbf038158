import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from snnexp.augments.base import Chain
from snnexp.config.targets import build, group, hyperparameters, resolve
from snnexp.config.values import convert
from snnexp.errors import UserError
from snnexp.losses.mse_rate import MseRate
from snnexp.neurons.plif import Plif
from snnexp.surrogates.tanh import Tanh

TYPED = """
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from nowhere import Odd


class Part:
    def __init__(self, *, sizes: Sequence[int], size: int, odd: Odd, other: 3 | Odd.inner) -> None:
        pass
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A user's module, which is noticed when it is imported."""
    code = "from pathlib import Path\nfrom os import system\n\n\nclass Part:\n    def __init__(self, *, size: int):\n"
    (tmp_path / "mine.py").write_text(code + "        self.size = size\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "mine"
    sys.modules.pop("mine", None)


@pytest.mark.parametrize(
    "target", ["torch.optim.SGD", "torch.optim.lr_scheduler.StepLR", "snnexp.losses.mse_rate.MseRate"]
)
def test_resolves(target: str):
    assert resolve(target).__name__ == target.rpartition(".")[2]


@pytest.mark.parametrize(
    "target",
    [
        "torch.optim.optimizer.torch.hub.load",
        "torch.optim.optimizer.torch.load",
        "torch.optim.optimizer.torch",
        "torch.optim.swa_utils.AveragedModel",
        "torch.optim.lr_scheduler.LRScheduler",
        "torch.optim.Optimizer",
        "torch.optim.lr_scheduler.partial",
        "snnexp.runs.results.subprocess",
        "snnexp.runs.run.Path",
        "snnexp.files.atomic.os.system",
        "snnexp.runs.checkpoint.load_tensors",
        "snnexp.neurons.base.SpikingLayer",
        "snnexp.nothing.Nothing",
        "snnexp.losses.mse_rate.Nothing",
        "snnexp.",
        "snnexp..losses",
        "snnexp.\0.x",
        "snnexpx.losses.Loss",
        "torch.load",
        "os.system",
        "builtins.eval",
        "",
        None,
        3,
        ["snnexp.losses.mse_rate.MseRate"],
    ],
    ids=repr,
)
def test_refuses(target):
    with pytest.raises(UserError, match=r"^_target_="):
        build({"_target_": target})


@pytest.mark.parametrize(
    "node",
    [
        {"_target_": "mine.Part", "size": 1},
        {"_target_": "snnexp.augments.base.Chain", "a": {"_target_": "mine.Part", "size": 1}},
        {"_target_": "snnexp.losses.mse_rate.MseRate", "a": [{"b": [{"_target_": "mine.Part"}]}]},
    ],
    ids=["itself", "nested", "in lists"],
)
def test_refuses_before_any_import(mine: str, node: dict):
    with pytest.raises(UserError, match="--allow-module"):
        build(node)
    assert mine not in sys.modules


def test_an_allowed_module_offers_its_own_parts_only(mine: str):
    assert build({"_target_": "mine.Part", "size": 3}, allow_modules=(mine,)).size == 3
    for borrowed in ("mine.Path", "mine.system", "mine.Path.home"):
        with pytest.raises(UserError):
            build({"_target_": borrowed}, allow_modules=(mine,))


def test_a_name_that_only_type_checkers_see_is_known_or_unchecked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "typed.py").write_text(TYPED)
    monkeypatch.syspath_prepend(tmp_path)
    declared, _ = hyperparameters(resolve("typed.Part", ("typed",)))
    assert {name: each.annotation for name, each in declared.items()} == {
        "sizes": Sequence[int],
        "size": int,
        "odd": Any,
        "other": Any,
    }
    assert build({"_target_": "typed.Part", "sizes": [1], "size": 2, "odd": 3, "other": 4}, allow_modules=("typed",))


def test_builds_nested_parts_first_and_passes_runtime_objects_as_they_are():
    chain = build({"_target_": "snnexp.augments.base.Chain", "f": {"_target_": "snnexp.augments.flip.Flip", "p": 0.5}})
    assert [type(t).__name__ for t in chain.transforms] == ["Flip"]
    weight = torch.nn.Parameter(torch.zeros(2))
    optimizer = build({"_target_": "torch.optim.SGD", "lr": 0.5}, [weight])
    assert optimizer.param_groups[0]["params"][0] is weight and optimizer.param_groups[0]["lr"] == 0.5


@pytest.mark.parametrize(
    ("node", "args", "text"),
    [
        (
            {"_target_": "torch.optim.SGD", "lr": -1.0, "momentum": 0.9},
            ([torch.zeros(1)],),
            "optimizer.lr=-1.0: Invalid",
        ),
        ({"_target_": "snnexp.surrogates.tanh.Tanh", "k": -1.0}, (), "surrogate.k=-1.0: must be above 0"),
    ],
    ids=["torch", "ours"],
)
def test_a_value_that_a_constructor_refuses_is_told_with_its_key(node: dict, args: tuple, text: str):
    with pytest.raises(UserError) as caught:
        build(node, *args)
    assert str(caught.value).startswith(text)


def test_what_a_config_may_give():
    def names(constructor):
        declared, chains = hyperparameters(constructor)
        return set(declared), chains

    lif = {"decay", "decay_input", "v_threshold", "strict", "reset", "v_reset", "v_subtract", "detach_reset"}
    assert names(Plif) == (lif, False)  # passed on to the base class
    assert names(Tanh) == ({"k"}, False)
    assert names(MseRate) == (set(), False)
    assert names(Chain) == (set(), True)
    for name in ("MultiStepLR", "LambdaLR", "CyclicLR", "ChainedScheduler", "OneCycleLR", "ReduceLROnPlateau"):
        assert "optimizer" not in names(getattr(torch.optim.lr_scheduler, name))[0]
    milestones = hyperparameters(torch.optim.lr_scheduler.MultiStepLR)[0]["milestones"].annotation
    assert convert([1, 2], milestones) == [1, 2]
    assert "params" not in names(torch.optim.SGD)[0] and {"lr", "fused"} <= names(torch.optim.SGD)[0]
    assert names(torch.optim.lr_scheduler.CosineAnnealingLR)[0] == {"T_max", "eta_min", "last_epoch"}


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("snnexp.losses.mse_rate.MseRate", "loss"),
        ("snnexp.surrogates.tanh.Tanh", "surrogate"),
        ("torch.optim.SGD", "optimizer"),
        ("torch.optim.lr_scheduler.StepLR", "schedule"),
        ("mine.Part", "mine.Part"),
    ],
)
def test_group_of_a_target(target: str, name: str):
    assert group(target) == name


def test_an_allowed_module_may_lie_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "part_beside.py").write_text("class Part: pass\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each])
    assert resolve("part_beside.Part", ("part_beside",)).__name__ == "Part"
