"""The script for a machine with a GPU: what it runs, what it reports of failures, and what it brings there."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]


def test_cifar10_comes_through_in_two_folders_byte_for_byte(tmp_path: Path):
    pytest.importorskip("PIL")
    source = tmp_path / "here" / "cifar-10-batches-py"
    source.mkdir(parents=True)
    draw = np.random.default_rng(0)
    for name in ("data_batch_1", "test_batch"):
        images = draw.integers(0, 256, (4, 3072), dtype=np.uint8)
        (source / name).write_bytes(pickle.dumps({b"labels": [1, 2, 3, 4], b"data": images, b"more": b"behind"}))
    (source / "batches.meta").write_bytes(pickle.dumps({b"label_names": [b"cat"]}))
    folders = [str(tmp_path / name) for name in "ab"]
    for arguments in (["pack", str(source.parent), *folders], ["unpack", *folders, str(tmp_path / "there")]):
        subprocess.run([sys.executable, str(ROOT / "scripts" / "cifar10"), *arguments], check=True)
    there = tmp_path / "there" / source.name
    assert {path.name: path.read_bytes() for path in there.iterdir()} == {
        path.name: path.read_bytes() for path in source.iterdir()
    }


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Stands for Python: it notes what it is asked to run, and fails at what `$FAILS` names."""
    path = tmp_path / "python"
    path.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\ncase "$*" in *$FAILS*) exit 3 ;; esac\n')
    path.chmod(0o755)
    return path


def run(python: Path, *arguments: str, **environment: str) -> tuple[int, list[str]]:
    """The script's status, and what was run."""
    environment = {**os.environ, "BENCH_PYTHON": str(python), **environment}
    done = subprocess.run([str(ROOT / "scripts" / "on_gpu"), *arguments], env=environment, capture_output=True)
    return done.returncode, (python.parent / "asked").read_text().splitlines()


def test_tests_that_fail_do_not_keep_others_from_running(python: Path):
    status, asked = run(python, "tests", FAILS="tests/ops")
    assert status == 3 and len(asked) == 2
    assert "-m cuda" in asked[1] and "tests/datasets/base/test_loader.py" in asked[1]


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_a_training_that_fails_fails_the_papers_part(jobs, python: Path):
    status, asked = run(python, "papers", FAILS="exp=rmp_cifar10", JOBS=jobs, EPOCHS="1")
    assert status == 3 and "table" not in asked[-1]
    assert len([line for line in asked if "train" in line]) == {"1": 2, "4": 4}[jobs]


def test_all_goes_on_after_a_part_that_fails_and_after_one_that_takes_too_long(python: Path):
    python.write_text(python.read_text().replace("exit 3", "sleep 60"))
    status, asked = run(python, "all", FAILS="exp=fast_cifar10", BUDGET="4", SEEDS="1")
    assert status == 1
    order = ["tests/ops", "bench lif", "bench step", "exp=fast_cifar10"]
    first = [next(i for i, line in enumerate(asked) if word in line) for word in order]
    assert first == sorted(first) and not any("exp=rmp" in line for line in asked)
