"""Large blocks stay with the process once `keep_memory` was called."""

import subprocess
import sys

import pytest

CODE = """
import resource, sys, torch
from snnexp.machine.allocator import keep_memory
if sys.argv[1] == "keep":
    keep_memory()
def faults(blocks):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(blocks):
        torch.ones(64 << 20, dtype=torch.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults(20)
print(faults(5))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc only")
def test_pages_are_fetched_once():
    def faults(mode: str) -> int:
        done = subprocess.run([sys.executable, "-c", CODE, mode], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert faults("keep") * 10 < faults("default")
