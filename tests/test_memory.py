"""Running out of memory, for real: the process's address space is limited."""

import subprocess
import sys
from pathlib import Path

import pytest

LIMITED = """
import resource, sys
from snnexp.cli import main
import snnexp.train, torch, torchvision
torch.set_num_threads(1)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 1000 * 2**20,) * 2)
sys.exit(main(["train", *sys.argv[1:]]))
"""
SMALL = ["trainer.epochs=1", "backbone.width=16", "trainer.batch_size=718", "trainer.eval_batch_size=40", "T=32"]


def train(folder: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LIMITED, *SMALL, f"runs_dir={folder}", *overrides]
    return subprocess.run(command, capture_output=True, text=True)


def test_out_of_memory_is_one_line_with_remedies(tmp_path):
    done = train(tmp_path)
    assert done.returncode == 1
    line = done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert all(word in line for word in ("718", "T=32", "Convnet", "auto_accumulate=true", "batch_size", "amp=true"))


@pytest.mark.slow
def test_auto_accumulate_finds_parts_that_fit(tmp_path):
    done = train(tmp_path, "trainer.auto_accumulate=true")
    assert done.returncode == 0, done.stderr
    assert "parts from here on" in done.stderr and "test accuracy" in done.stdout
