"""Configs composed in a row equal those that Hydra composes one by one, whatever the overrides do."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnexp.config import composition
from snnexp.config.compose import REFUSALS, compose_all
from snnexp.config.composition import Composer, by_hydra
from snnexp.config.places import config_folder

VALUES = [
    "T=2", "seed=7", "trainer.epochs=3", "schedule.T_max=5", "optimizer.lr=1e-3", "runs_dir='a b'", "device=cpu", "T=x",
    "trainer.grad_clip=null", "trainer.amp=true", "T=${seed}", "T=???", "schedule.T_max=${seed}", "seed=[1,2]", "+T=3",
    "trainer={epochs:9}", "++T=4", "~trainer.amp", "+new.key=1", "nothing=1", "optimizer.lrr=1", "optimizer=2", "T=1,2",
    "optimizer.lr.x=1", "dataset.mean=[1.0]", "hydra.verbose=true", "regularizer.rmp.weight=2", "loss@x=a",
]  # fmt: skip
GROUPS = st.sampled_from([[], ["neuron=plif"], ["+exp=rmp_cifar10", "regularizer=[rmp]"], ["~loss"]])


@settings(max_examples=8)
@given(groups=GROUPS, jobs=st.lists(st.lists(st.sampled_from(VALUES), max_size=3), min_size=2, max_size=3))
def test_equals_hydra(groups: list[str], jobs: list[list[str]]):
    composer = Composer(None)
    for values in jobs:
        try:
            expected = by_hydra([*groups, *values], None)
        except REFUSALS:
            with pytest.raises(REFUSALS):
                composer.load([*groups, *values])
        else:
            assert composer.load([*groups, *values]) == expected


def test_hydra_composes_once_for_each_choice_of_groups(monkeypatch: pytest.MonkeyPatch):
    composition.ours.cache_clear()  # what other tests have composed
    called = []
    monkeypatch.setattr(
        composition, "by_hydra", lambda *given, **options: called.append(1) or by_hydra(*given, **options)
    )
    jobs = [[f"neuron={neuron}", f"seed={seed}", "trainer.epochs=2"] for neuron in ("lif", "plif") for seed in range(3)]
    found = list(compose_all([*jobs, *jobs]))
    assert len(called) == 2 and [each.config["seed"] for each in found] == [0, 1, 2] * 4
    assert {each.config["schedule"]["T_max"] for each in found} == {2}


@pytest.mark.parametrize(
    "yaml",
    ["T: 3\nseed: ${oc.decode:'5'}", "T: ${seed}\nseed: ${trainer.epochs}", "T: ???", "trainer:\n  epochs: '${T}'"],
)
def test_configs_of_ones_own_that_refer_to_others_are_composed_as_ever(yaml: str, tmp_path: Path):
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp/mine.yaml").write_text(f"# @package _global_\n# mine\n{yaml}\n")
    composer = Composer(tmp_path)
    for value in ("T=9", "trainer.epochs=8", "optimizer.lr=1"):
        overrides = ["+exp=mine", value, *(["T=2"] if "?" in yaml else [])]
        assert composer.load(overrides) == by_hydra(overrides, tmp_path)


@pytest.mark.parametrize("own", [True, False])
def test_a_yaml_that_was_changed_is_read_again(own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if own:
        (tmp_path / "exp").mkdir()
    else:
        shutil.copytree(config_folder(), tmp_path, dirs_exist_ok=True)
        monkeypatch.setattr(composition, "config_folder", lambda: tmp_path)
    for T in (3, 14):
        (tmp_path / "exp/mine.yaml").write_text(f"# @package _global_\n# mine\nT: {T}\n")
        found = compose_all([["exp=mine"]] * 2, str(tmp_path) if own else None)
        assert [each.config["T"] for each in found] == [T, T]
