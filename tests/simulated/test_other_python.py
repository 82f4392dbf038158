"""What needs no GPU of the CUDA path, with another PyTorch and Triton, as a machine with a GPU may have them."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [
    "simulated/test_simulated.py",  # builds the device from the headers of that PyTorch
    "ops/test_ptx.py",  # executes what that Triton makes
    "ops/lif/test_fused_compile.py",
    "ops/norm_lif/test_fused_compile.py",
]


@pytest.fixture(scope="module")
def other() -> str:
    """The Python of that environment."""
    named = os.environ.get("SNNEXP_OTHER_PYTHON")
    if not named:
        pytest.skip("SNNEXP_OTHER_PYTHON is not set: it names a Python with another PyTorch (CONTRIBUTING.md)")
    return named


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_passes_in_another_environment(file: str, other: str):
    command = [other, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/{file}"]
    own = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=os.environ | own, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout[-8000:] + done.stderr[-2000:]
