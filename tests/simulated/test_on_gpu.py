"""The script for a machine with a GPU, dry: every part of its one call runs to its end on the simulated device."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


# Python that computes nothing in benchmarks: Triton's interpreter would take minutes for their sizes.
PYTHON = """#!/bin/sh
case "$*" in *bench*) export COMPUTES=0 ;; esac
exec {executable} "$@"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the files that git knows, into which the script may write."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if (source := ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, tmp_path / name)
    return tmp_path


@pytest.mark.slow
def test_all_parts_run_and_leave_what_they_found(environment: dict[str, str], checkout: Path):
    python = checkout / "python"
    python.write_text(PYTHON.format(executable=sys.executable))
    python.chmod(0o755)
    simulated = checkout / "tests" / "simulated"
    given = {"PYTHONPATH": os.pathsep.join(map(str, (checkout, simulated, simulated / "site")))}
    given |= {"BENCH_PYTHON": str(python), "DRY": "1", "BUDGET": "3600"}
    done = subprocess.run(
        ["scripts/on_gpu", "all"], cwd=checkout, env=environment | given, capture_output=True, text=True, check=False
    )
    ended = [line for line in done.stdout.splitlines() if ": status " in line]
    parts = ["tests quick", "bench lif", "bench step", "fast", "papers"]
    assert [line.partition(":")[0] for line in ended] == [f"== {part}" for part in parts]
    assert done.returncode == 0 and all(": status 0 after" in line for line in ended), done.stdout[-6000:]
    kept = {path.parts[-3] for path in (checkout / "results" / "gpu").glob("*/*/result.json")}
    assert kept == {"fast_cifar10", "rmp_vanilla_cifar10", "rmp_cifar10"}
