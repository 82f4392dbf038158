from pathlib import Path

import pytest

from snnexp.config.compose import Composed, compose
from snnexp.config.settings import completed
from snnexp.runs.identity import Identity, distinctions, identify, key

FILES = {"training": {"files": 6, "bytes": 90, "sha256": "0"}, "test": {"files": 1, "bytes": 9, "sha256": "0"}}


def config(*overrides: str) -> dict:
    return compose(["device=cpu", "threads=1", *overrides]).config


def identity(changed: dict, data: dict = FILES) -> Identity:
    return identify(Composed(changed, "x", []), data)


def test_identity_is_stable():
    # Raise NUMERICS where results change; a change of the configs alone changes the hash by itself.
    fixed = {"T": 4, "seed": 1, "device": "cpu", "runs_dir": "runs", "dataset": {"_target_": "x", "root": None}}
    fixed |= {"launch": {"nproc": 1, "sync_batch_norm": False}, "threads": 2}
    assert identity(fixed).id == "daefb5dd3f"


@pytest.mark.parametrize(
    "override", ["seed=7", "runs_dir=elsewhere", "dataset.root=/data", "dataset.root=null", "logger=[]"], ids=str
)
def test_identity_leaves_out_what_cannot_change_the_numbers(override: str):
    assert identity(config("dataset=cifar10", override)).id == identity(config("dataset=cifar10")).id


@pytest.mark.parametrize(
    "override", ["T=5", "trainer.epochs=7", "neuron.decay=0.5", "regularizer=[rmp]", "augment=none"]
)
def test_identity_counts_what_changes_them(override: str):
    assert identity(config(override)).id != identity(config()).id


def test_keys_that_came_later_count_only_where_they_change_something():
    made = config()
    came = ("share", "validation")
    before = made | {"dataset": {name: value for name, value in made["dataset"].items() if name not in came}}
    assert identity(before).id == identity(made).id == identity(config("dataset.validation=0")).id
    assert identity(config("dataset.validation=0.1")).id != identity(made).id
    assert identity(config("dataset.share=1")).id == identity(made).id != identity(config("dataset.share=0.5")).id
    assert completed(before) == completed(made)


def test_identity_counts_the_data_and_where_files_say_nothing_their_place():
    here, there = (config("dataset=cifar10", f"dataset.root={root}") for root in "ab")
    more = FILES | {"test": {"files": 2, "bytes": 9, "sha256": "1"}}
    assert identity(here).id == identity(there).id != identity(there, more).id
    assert identity(here, {}).id != identity(there, {}).id


def test_identity_knows_the_kind_of_device_and_the_number_of_processes():
    made = config()
    assert identity(made | {"device": "cuda:1"}).id == identity(made | {"device": "cuda"}).id != identity(made).id
    teams = [made | {"launch": {"nproc": 2, "sync_batch_norm": on}} for on in (True, False)]
    assert len({identity(each).id for each in (made, *teams)}) == 3
    assert identity(config("launch.sync_batch_norm=true")).id == identity(made).id


def test_identity_counts_threads_on_a_cpu_alone(monkeypatch: pytest.MonkeyPatch):
    one, two = (config(f"threads={threads}") for threads in (1, 2))
    assert identity(one).id != identity(two).id
    assert identity(one | {"device": "cuda"}).id == identity(two | {"device": "cuda"}).id
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert identity(config("threads=auto")).id == identity(two).id


def test_identity_counts_the_order_of_parts_but_not_of_keys():
    made = config("regularizer=[rmp,mpr]", "augment=crop_flip")
    shuffled = {name: made[name] for name in reversed(made)}
    shuffled["neuron"] = {name: made["neuron"][name] for name in reversed(made["neuron"])}
    assert key(shuffled) == key(made)
    assert key(config("regularizer=[mpr,rmp]", "augment=crop_flip")) != key(made)


def test_a_number_is_the_same_however_it_was_written():
    assert key(config("optimizer.lr=1")) == key(config("optimizer.lr=1.0"))


def test_the_folder_is_named_by_experiment_identity_and_seed(tmp_path: Path):
    made = identity(config("seed=3", f"runs_dir={tmp_path}"))
    assert made.folder == tmp_path / "x" / f"{made.id}-s3"


def test_what_sets_runs_apart_is_told_in_words():
    own = identity(config()).record
    more = FILES | {"test": {"files": 20, "bytes": 9000, "sha256": "1"}}
    other = identity(config("threads=3", "launch.nproc=2"), more).record
    assert distinctions(own, own) == []
    assert distinctions(own, other) == ["other data, 26 files of 9,090 bytes", "2 x cpu", "threads=3"]
    assert distinctions(own, {**own, "numerics": 1, "modules": {"mine": "0"}}) == [
        "other numerics",
        "other code of mine",
    ]
    assert distinctions(own, None) == ["data and threads not recorded"]
