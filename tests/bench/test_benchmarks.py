"""The script that measures everything, at tiny sizes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="would measure the GPU, too")
def test_everything_runs_and_says_that_there_is_no_gpu():
    environment = os.environ | {"BENCH_PYTHON": sys.executable}
    done = subprocess.run([ROOT / "scripts/benchmarks", "--quick"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no CUDA device: figures of a GPU are not measured" in done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith("== ") and "took" not in line] == [
        f"== {name} on cpu" for name in ("lif", "step", "inference", "data", "decode", "scaling", "beside", "start")
    ]
