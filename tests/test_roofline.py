"""The roofline of a training step: a kernel's time by hand, a small step by hand, and what docs/results.md says."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts" / "roofline"
DEFINED = runpy.run_path(str(SCRIPT))
Gpu, Network, Operations, Work = (DEFINED[name] for name in ("Gpu", "Network", "Operations", "Work"))
CONVOLUTION, FUSED, OTHER = (DEFINED[name] for name in ("CONVOLUTION", "FUSED", "OTHER"))
GPU = Gpu("slow", bandwidth=1e9 / DEFINED["REACHED"], products=1e12, multiprocessors=2)


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (Work(FUSED, moved=10), DEFINED["FLOOR"]),
        (Work(OTHER, moved=10**9), 1.0),
        (Work(CONVOLUTION, moved=10, operations=10**12), 2.0),  # half of the peak
        (Work(FUSED, moved=10**9, in_flight=1000.0), 1.0),
        (Work(FUSED, moved=10**9, in_flight=0.1), 10**9 * DEFINED["LATENCY"] / (2 * 0.1 * 1024)),  # Little's law
    ],
)
def test_a_kernel_takes_the_longest_of_its_needs(work, expected):
    assert DEFINED["seconds"](work, GPU, 0.5) == pytest.approx(expected)


def test_a_step_is_its_kernels_what_nobody_saw_of_it_and_the_gaps():
    works = [Work(FUSED, 10**9), Work(CONVOLUTION, 0, 10**12), Work(OTHER, 0)]
    parts = DEFINED["step"](works, 1000, Network("tiny", 1, 5, (0.5, 0.5)), GPU, 0.5)
    unseen = 2 * DEFINED["FLOOR"] + 1000 * DEFINED["OPTIMIZER"] / 1e9
    expected = {CONVOLUTION: 2.0, FUSED: 1.0, OTHER: DEFINED["FLOOR"] + unseen, "gaps": 5 * DEFINED["GAP"]}
    assert parts == pytest.approx(expected)


def test_operations_are_counted_from_shapes():
    found = []
    x, weight = torch.empty(2, 3, 8, 8, device="meta"), torch.empty(5, 3, 3, 3, device="meta", requires_grad=True)
    with Operations(found):
        torch.nn.functional.conv2d(x, weight, padding=1).view(-1).sum().backward()
    products, moved = 2 * 2 * 5 * 64 * 3 * 9, 4 * (x.numel() + weight.numel() + 2 * 5 * 64)
    forward, *backward = [work for work in found if work.part == CONVOLUTION]
    assert forward == Work(CONVOLUTION, moved, products)
    assert len(backward) == 2 and sum(work.operations for work in backward) == products  # x needs no gradient
    assert next(work.moved for work in found if work.part == OTHER) == 4 * (2 * 5 * 64 + 1)  # the view none


@pytest.mark.slow
def test_results_hold_what_it_writes(tmp_path):
    copy = tmp_path / "scripts" / "roofline"
    for path in (copy, tmp_path / "docs" / "results.md"):
        path.parent.mkdir()
        path.write_text((ROOT / path.relative_to(tmp_path)).read_text())
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    subprocess.run([sys.executable, copy], check=True)
    assert (tmp_path / "docs/results.md").read_text() == (ROOT / "docs/results.md").read_text()
