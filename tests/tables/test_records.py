"""Which runs count for a row, and which have lines of their own."""

import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.runs.results import read_result, write_result
from snnexp.runs.status import mark
from snnexp.tables.base import Row, RunRecord
from snnexp.tables.records import Condition, collect, read, used, write

SMALL = ("dataset=digits", "backbone=convnet", "trainer.epochs=2")


@pytest.fixture
def conditions(tmp_path: Path) -> list[Condition]:
    """Vanilla and RMP on digits."""
    names = {"vanilla": "rmp_vanilla_cifar10", "RMP": "rmp_cifar10"}
    rows = [
        Row(name=name, exp=exp, overrides=SMALL, seeds=(1, 2, 3), paper={}, against=()) for name, exp in names.items()
    ]
    return [Condition(row, compose([f"exp={row.exp}", *row.overrides, f"runs_dir={tmp_path}"])) for row in rows]


def lines(conditions: list[Condition]) -> list[tuple[str, int]]:
    """The line and the seed of each record; of what stands apart without the identity."""
    return [(re.sub(r", [0-9a-f]{10}]", "]", record.row), record.seed) for record in collect(conditions)]


def test_finished_runs_count_for_their_row_whatever_else_they_differ_in(conditions, make_run, tmp_path: Path):
    make_run(tmp_path, "exp=rmp_cifar10", *SMALL, seed=2)
    make_run(tmp_path, "exp=rmp_cifar10", *SMALL, "dataset=digits", seed=1)
    make_run(tmp_path, "exp=rmp_vanilla_cifar10", *SMALL, seed=5)
    make_run(tmp_path, "exp=rmp_vanilla_cifar10", *SMALL, seed=4, status="running")
    mark(make_run(tmp_path, "exp=rmp_vanilla_cifar10", *SMALL, seed=3), "failed")
    make_run(tmp_path, "exp=inflor_cifar10", *SMALL, seed=1)
    assert lines(conditions) == [("vanilla", 5), ("RMP", 1), ("RMP", 2)]
    assert collect(conditions)[1].test_accuracy == 0.9 and collect(conditions)[1].data.startswith("cifar10: ")


def test_a_forgotten_difference_is_a_line_of_its_own(conditions, make_run, tmp_path: Path):
    make_run(tmp_path, "exp=rmp_cifar10", *SMALL, seed=1)
    make_run(tmp_path, "exp=rmp_cifar10", *SMALL, "trainer.epochs=3", seed=2)
    make_run(tmp_path, "exp=rmp_cifar10", *SMALL, "trainer.epochs=3", seed=1)  # a seed that is not missing
    make_run(tmp_path, "exp=rmp_cifar10", *SMALL, "trainer.epochs=3", "T=2", seed=3)  # another experiment
    assert lines(conditions) == [("RMP", 1), ("RMP [schedule.T_max=3 trainer.epochs=3]", 2)]


def test_a_table_s_other_rows_are_no_forgotten_differences(conditions, make_run, tmp_path: Path):
    make_run(tmp_path, "exp=rmp_vanilla_cifar10", *SMALL, "backbone.width=8", seed=1)
    narrow = Row(name="narrow", exp="rmp_vanilla_cifar10", overrides=(), seeds=(1,), paper={}, against=())
    composed = compose(["exp=rmp_vanilla_cifar10", *SMALL, "backbone.width=8", f"runs_dir={tmp_path}"])
    assert lines(conditions) == [("vanilla [backbone.width=8]", 1)]
    assert lines([*conditions, Condition(narrow, composed)]) == [("narrow", 1)]


def test_runs_of_other_machines_and_numerics_are_not_mixed(
    conditions, make_run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for seed in (1, 2, 3):
        with monkeypatch.context() as patch:
            patch.setattr("snnexp.runs.identity.NUMERICS", 0)
            make_run(tmp_path, "exp=rmp_cifar10", *SMALL, seed=seed)
    make_run(tmp_path, "exp=rmp_cifar10", *SMALL, seed=1)
    for seed in (1, 2):
        make_run(tmp_path, "exp=rmp_cifar10", *SMALL, seed=seed, device="cuda:1")
    make_run(tmp_path, "exp=rmp_cifar10", *SMALL, "launch.nproc=2", "threads=1", seed=3)
    make_run(tmp_path, "exp=rmp_cifar10", *SMALL, "threads=7", seed=3)
    found = Counter(re.sub(r"threads=(?!7)\d+", "threads=N", name) for name, _ in lines(conditions))
    others = {"RMP [1 x cpu, threads=7]": 1, "RMP [2 x cpu, threads=N]": 1}
    old = {"RMP [other numerics, 1 x cpu, threads=N]": 3}
    assert found == {"RMP": 2, "RMP [1 x cpu, threads=N]": 1} | others | old


def test_runs_of_other_data_code_or_an_old_record_are_not_mixed(conditions, make_run, tmp_path: Path):
    more = {"training": {"files": 7, "bytes": 9999, "sha256": "1"}, "test": {"files": 1, "bytes": 1, "sha256": "0"}}
    for seed in (1, 2):
        make_run(tmp_path, "exp=rmp_cifar10", *SMALL, seed=seed)
    make_run(tmp_path, "exp=rmp_cifar10", *SMALL, seed=3, data=more)
    old = make_run(tmp_path, "exp=rmp_cifar10", *SMALL, "threads=5", seed=4)
    write_result(old, {name: value for name, value in read_result(old).items() if name != "identity"})
    apart = [("RMP [data and threads not recorded]", 4), ("RMP [other data, 8 files of 10,000 bytes]", 3)]
    assert lines(conditions) == [("RMP", 1), ("RMP", 2), *apart]


def test_runs_that_began_from_weights_are_not_those_of_a_row_that_does_not(conditions, make_run, tmp_path: Path):
    save_file({"w": torch.zeros(1)}, weights := tmp_path / "weights.safetensors")
    make_run(tmp_path, "exp=rmp_cifar10", *SMALL, seed=1)
    for seed in (1, 2):
        make_run(tmp_path, "exp=rmp_cifar10", *SMALL, f"init_from={weights}", seed=seed)
    apart = "RMP [begun from other weights]"
    assert lines(conditions) == [("RMP", 1), (apart, 1), (apart, 2)]


def test_a_copy_of_a_run_does_not_count_twice(conditions, make_run, tmp_path: Path):
    run = make_run(tmp_path, "exp=rmp_cifar10", *SMALL, seed=1)
    shutil.copytree(run, run.with_name(f"{run.name} (copy)"))
    assert lines(conditions) == [("RMP", 1)]


def test_a_changed_result_is_told(conditions, make_run, tmp_path: Path):
    run = make_run(tmp_path, "exp=rmp_cifar10", *SMALL, seed=1)
    (run / "result.json").write_text((run / "result.json").read_text().replace("0.9", "0.99"))
    with pytest.raises(UserError, match=r"-s1/result.json: changed since it was written; remove it"):
        collect(conditions)


def test_records_are_read_as_they_were_written(tmp_path: Path):
    record = RunRecord(
        row="RMP, a",
        exp="rmp",
        id="0123456789",
        seed=3,
        test_accuracy=0.1 + 0.2,
        best_test_accuracy=1 / 3,
        best_epoch=7,
        firing_rate=1e-17,
        quantization_error=0.0,
        data='a "set"',
        snnexp="0.1.0",
        commit=None,
        torch="2.10.0",
        device="a processor",
        seconds=12.5,
        right="3:a0",
    )
    path = tmp_path / "kept/x.csv"
    write(path, [record])
    assert read(path) == [record]
    path.write_text(path.read_text().replace(",seconds", "").replace(",12.5", ""))  # as files of old are
    assert read(path) == [replace(record, seconds=None)]


def test_a_seed_that_is_kept_twice_is_refused(tmp_path: Path):
    told = {
        "exp": "rmp",
        "id": "0123456789",
        "seed": 3,
        "test_accuracy": 0.9,
        "best_test_accuracy": 0.9,
        "best_epoch": 2,
    }
    told |= {"firing_rate": 0.1, "quantization_error": 0.2, "data": "a set", "snnexp": "0.1.0", "commit": None}
    record = RunRecord(row="RMP", torch="2.15.0", device="a processor", **told)
    write(tmp_path / "kept.csv", [record, record])
    with pytest.raises(UserError, match=r"2 lines of 'RMP' have seed 3"):
        read(tmp_path / "kept.csv")


def test_of_folds_the_part_that_is_trained_on_is_kept(make_run, tmp_path: Path):
    parts = "dataset.folds=5", "dataset.share=0.5", "dataset.validation=0.2"
    row = Row(name="part", exp="rmp_cifar10", overrides=parts, seeds=(1,), paper={})
    make_run(tmp_path, "exp=rmp_cifar10", *parts, seed=1)
    (found,) = collect([Condition(row, compose(["exp=rmp_cifar10", *parts, f"runs_dir={tmp_path}"]))])
    assert (found.folds, found.trained) == (5, 0.4)
    assert used({"folds": 5}) is None and used({"share": 1.0, "validation": 0.0}) is None
