from pathlib import Path

import pytest

from snnexp.config import compose
from snnexp.identity import identity, run_folder


def config(tmp_path: Path, *overrides: str) -> dict:
    return compose([f"runs_dir={tmp_path}", "device=cpu", *overrides]).config


def test_identity_is_stable():
    # Raise NUMERICS where results change; a change of the configs alone changes the hash by itself.
    fixed = {"T": 4, "seed": 1, "device": "cpu", "runs_dir": "runs", "dataset": {"_target_": "x", "root": None}}
    fixed |= {"launch": {"nproc": 1, "sync_batch_norm": False}, "threads": 2}
    assert identity(fixed) == "1e62df5bc3"


@pytest.mark.parametrize(
    "override", ["seed=7", "runs_dir=elsewhere", "dataset.root=/data", "dataset.root=null"], ids=str
)
def test_identity_leaves_out_what_cannot_change_the_numbers(override: str):
    assert identity(compose(["dataset=cifar10", override]).config) == identity(compose(["dataset=cifar10"]).config)


@pytest.mark.parametrize(
    "override", ["T=5", "trainer.epochs=7", "neuron.decay=0.5", "regularizer=[rmp]", "augment=none"]
)
def test_identity_counts_what_changes_them(override: str):
    assert identity(compose([override]).config) != identity(compose([]).config)


def test_identity_knows_the_kind_of_device_and_the_number_of_processes(tmp_path: Path):
    made = config(tmp_path)
    assert identity(made | {"device": "cuda:1"}) == identity(made | {"device": "cuda"}) != identity(made)
    alone = config(tmp_path, "threads=1")
    teams = [alone | {"launch": {"nproc": 2, "sync_batch_norm": on}} for on in (True, False)]
    assert len({identity(each) for each in (alone, *teams)}) == 3
    assert identity(config(tmp_path, "launch.sync_batch_norm=true")) == identity(made)


def test_identity_counts_threads_on_a_cpu_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    one, two = (config(tmp_path, f"threads={threads}") for threads in (1, 2))
    assert identity(one) != identity(two)
    assert identity(one | {"device": "cuda"}) == identity(two | {"device": "cuda"})
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert identity(config(tmp_path)) == identity(two)


def test_identity_counts_the_order_of_parts_but_not_of_keys(tmp_path: Path):
    made = config(tmp_path, "regularizer=[rmp,mpr]", "augment=crop_flip")
    shuffled = {key: made[key] for key in reversed(made)}
    shuffled["neuron"] = {key: made["neuron"][key] for key in reversed(made["neuron"])}
    assert identity(shuffled) == identity(made)
    assert identity(config(tmp_path, "regularizer=[mpr,rmp]", "augment=crop_flip")) != identity(made)


def test_a_number_is_the_same_however_it_was_written():
    assert identity(compose(["optimizer.lr=1"]).config) == identity(compose(["optimizer.lr=1.0"]).config)


def test_the_folder_is_named_by_experiment_identity_and_seed(tmp_path: Path):
    made = config(tmp_path, "seed=3")
    assert run_folder(made, "x") == tmp_path / "x" / f"{identity(made)}-s3"
