"""The C++ operator equals the reference: forward and every gradient, over dtypes, layouts and options."""

import logging
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from constants import RMP
from lif_cases import FACTORS, check, covering, label

from snnexp.ops.base import library
from snnexp.ops.lif import compiled, reference
from snnexp.surrogates.rectangle import Rectangle

RECTANGLE = Rectangle(width=1.0)
BLOCKS = FACTORS | {"size": [1, 1023, 2 * compiled.BLOCK + 4]}  # threads share the work by blocks of neurons


@pytest.mark.parametrize("case", covering(BLOCKS, count=0), ids=label)
def test_equals_the_reference(case):
    check(compiled, reference, case, "cpu")


@pytest.mark.parametrize("strict", [False, True])
def test_exactly_at_the_threshold(strict):
    x = torch.tensor([0.25, 0.4375]).view(2, 1, 1)  # 0.25 * 0.25 + 0.4375 = 0.5
    assert compiled.lif(x, replace(RMP, strict=strict), RECTANGLE).spikes.flatten().tolist() == [0, 0 if strict else 1]


def test_gradients_in_any_layout():
    x = torch.randn(4, 2, 6, 5, 5, requires_grad=True)
    expanded = torch.randn(4, 2, 6, 1, 1).expand(4, 2, 6, 5, 5)
    transposed = torch.randn(4, 2, 5, 5, 6).permute(0, 1, 4, 2, 3)
    for g in (expanded, transposed):
        (ours,), (theirs,) = (torch.autograd.grad(f.lif(x, RMP, RECTANGLE).spikes, x, g) for f in (compiled, reference))
        torch.testing.assert_close(ours, theirs)


# The second has blocks enough for PyTorch to add up their sums by several threads, each in its own order.
@pytest.mark.parametrize(("block", "shape"), [(compiled.BLOCK, (4, 8, 16, 32, 32)), (64, (1, 33000, 64))])
def test_the_number_of_threads_changes_no_bit(monkeypatch, block, shape):
    monkeypatch.setattr(compiled, "BLOCK", block)
    x, decay = torch.randn(shape, requires_grad=True), torch.tensor(0.3, requires_grad=True)
    threads, results = torch.get_num_threads(), []
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            out = compiled.lif(x, replace(RMP, decay=decay, decay_input=True), RECTANGLE)
            gradients = torch.autograd.grad(out.spikes.sum() + out.quantization_error, (x, decay))
            results.append([out.spikes, out.firing_rate, out.quantization_error, *gradients])
    finally:
        torch.set_num_threads(threads)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_autocast_changes_nothing(dtype):
    x, decay = torch.randn(4, 6, 10, dtype=dtype, requires_grad=True), torch.tensor(0.3, requires_grad=True)
    results = []
    for enabled in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            out = compiled.lif(x, replace(RMP, decay=decay), RECTANGLE)
            grads = torch.autograd.grad(out.spikes.square().sum() + out.quantization_error, (x, decay))
        results.append([*out[:3], *grads])
    assert results[1][0].dtype == dtype and all(map(torch.equal, *results))


def test_nothing_is_kept_beside_the_input():
    x = torch.randn(4, 2, 64, requires_grad=True)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        compiled.lif(x, RMP, RECTANGLE)
    assert [t.data_ptr() for t in kept] == [x.data_ptr()]


def test_without_a_compiler_the_reference_runs_and_says_so_once(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CXX", "no-such-compiler")
    library.library.cache_clear()
    library.tell.cache_clear()
    x = torch.randn(3, 2, 5)
    with caplog.at_level(logging.WARNING):
        first, _ = compiled.lif(x, RMP, RECTANGLE), compiled.lif(x, RMP, RECTANGLE)
    library.library.cache_clear()
    assert torch.equal(first.spikes, reference.lif(x, RMP, RECTANGLE).spikes)
    assert len([r for r in caplog.records if "g++" in r.message]) == 1


def test_a_second_process_finds_the_library(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    x = torch.randn(3, 2, 5)
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            library.library.cache_clear()
            compiled.lif(x, RMP, RECTANGLE)
    library.library.cache_clear()
    assert len([r for r in caplog.records if r.message.startswith("compiled the LIF operator")]) == 1
    assert [path.suffix for path in (tmp_path / "snnexp/kernels").iterdir()] == [".so"]


def test_torch_compile_is_given_the_reference_in_one_graph():
    # in a process of its own: the types that tests check at run time cannot be traced
    code = f"""
import torch
from snnexp.ops.lif import Constants, lif
from snnexp.surrogates.rectangle import Rectangle
def loss(x):
    out = lif(1.5 * x, {RMP}, {RECTANGLE})
    return out.spikes.square().mean() + out.quantization_error
x = torch.randn(4, 3, 8, requires_grad=True)
ours = torch.autograd.grad(torch.compile(loss, fullgraph=True, backend="aot_eager")(x), x)
torch.testing.assert_close(ours, torch.autograd.grad(loss(x), x))
"""
    done = subprocess.run([sys.executable, "-W", "error::UserWarning", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
