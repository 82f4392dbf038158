"""The C++ operator equals the reference: forward and every gradient, over dtypes, layouts and options."""

import itertools
import logging
import random
import subprocess
import sys

import pytest
import torch

from snnexp.ops.base import library
from snnexp.ops.lif import compiled, reference
from snnexp.regularizers.mpr import Phi
from snnexp.surrogates.atan import Atan
from snnexp.surrogates.rectangle import Rectangle
from snnexp.surrogates.sigmoid import Sigmoid
from snnexp.surrogates.tanh import Tanh
from snnexp.surrogates.triangle import Triangle

OPTIONS = {
    "dtype": [torch.float32, torch.float64, torch.bfloat16, torch.float16],
    "reset": ["hard", "soft"],
    "detach_reset": [False, True],
    "strict": [False, True],
    "decay_input": [False, True],
    "surrogate": [Rectangle(width=1.0), Tanh(k=3.0), Triangle(gamma=1.0), Atan(alpha=2.0), Sigmoid(alpha=4.0)],
    "rectified": [False, True],
    "size": [1, 1023, 1025],
    "T": [1, 4, 17],
    "layout": ["contiguous", "channels_last", "repeated", "static"],
    "learned": [False, True],
}
GRADIENT = {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 2**-8, torch.float16: 2**-10}


def pairwise(options: dict[str, list]) -> list[dict]:
    """Cases in which every pair of values of two options occurs, by a greedy choice from random candidates."""
    rng = random.Random(0)
    missing = {((a, i), (b, j)) for a, b in itertools.combinations(options, 2)
               for i in range(len(options[a])) for j in range(len(options[b]))}  # fmt: skip
    cases = []
    while missing:
        candidates = [{name: rng.randrange(len(values)) for name, values in options.items()} for _ in range(60)]
        best = max(candidates, key=lambda c: sum(p in missing for p in itertools.combinations(c.items(), 2)))
        covered = missing & set(itertools.combinations(best.items(), 2))
        if covered:
            missing -= covered
            cases.append({name: options[name][i] for name, i in best.items()})
    return cases


def label(case: dict) -> str:
    return "-".join(str(getattr(v, "__class__", v).__name__ if name == "surrogate" else v) for name, v in case.items())


def current(case: dict) -> torch.Tensor:
    """An input of the case's size and layout; sizes are per time step and sample."""
    steps = 1 if case["layout"] in ("static", "repeated") else case["T"]
    x = 0.8 * torch.randn(steps, 2, case["size"], 2, 2) + 0.3
    if case["layout"] == "channels_last":
        x = x.flatten(0, 1).to(memory_format=torch.channels_last).unflatten(0, x.shape[:2])
    return x.to(case["dtype"])


def run(form, case: dict, x: torch.Tensor) -> list[torch.Tensor]:
    """Outputs and gradients of a loss that reaches spikes, quantization error and potential."""
    torch.manual_seed(2)
    wide = torch.float64 if case["dtype"] == torch.float64 else torch.float32
    x, decay = x.clone().requires_grad_(), torch.tensor(0.3, dtype=wide, requires_grad=case["learned"])
    arguments = {name: case[name] for name in ("reset", "detach_reset", "strict", "decay_input", "surrogate")}
    if case["rectified"]:
        arguments |= {"surrogate": Rectangle(width=1.0), "rectifier": Phi()}
    arguments |= {"v_threshold": 0.5, "v_reset": 0.0 if case["decay_input"] else 0.1, "v_subtract": 0.7}
    given = x.expand(case["T"], *x.shape[1:]) if case["layout"] == "repeated" else x
    T = case["T"] if case["layout"] == "static" else None
    decay_given = decay if case["learned"] else 0.3
    out = form(given, T=T, decay=decay_given, return_v_pre=True, **arguments)
    g = torch.randn(out.spikes.shape, dtype=case["dtype"])
    weights = torch.randn(out.spikes.shape, dtype=wide)
    loss = (out.spikes * g).sum() + 50 * out.quantization_error + (out.v_pre * weights).sum()
    grads = torch.autograd.grad(loss, (x, decay) if case["learned"] else (x,))
    extra = [out.quantization_error_rectified] if case["rectified"] else []
    return [out.spikes, out.firing_rate, out.quantization_error, out.v_pre, *extra, *grads]


@pytest.mark.parametrize("case", pairwise(OPTIONS), ids=label)
def test_equals_the_reference(case):
    torch.manual_seed(1)
    x = current(case)
    ours, theirs = run(compiled.lif, case, x), run(reference.lif, case, x)
    assert torch.equal(ours[0], theirs[0])
    assert ours[0].dtype == x.dtype and ours[0].shape == theirs[0].shape
    for mine, other in zip(ours[1:], theirs[1:], strict=True):
        assert mine.dtype == other.dtype and mine.shape == other.shape
        scale = other.abs().max().clamp(min=1e-6).double()
        tolerance = GRADIENT[mine.dtype] if mine.dtype == x.dtype else GRADIENT[torch.float32]
        assert (mine.double() - other.double()).abs().max() <= tolerance * scale


RMP = {
    "decay": 0.25, "decay_input": False, "v_threshold": 0.5, "strict": True, "reset": "hard", "v_reset": 0.0,
    "v_subtract": 1.0, "detach_reset": False, "surrogate": Rectangle(width=1.0),
}  # fmt: skip


@pytest.mark.parametrize("strict", [False, True])
def test_exactly_at_the_threshold(strict):
    x = torch.tensor([0.25, 0.4375]).view(2, 1, 1)  # 0.25 * 0.25 + 0.4375 = 0.5
    assert compiled.lif(x, **RMP | {"strict": strict}).spikes.flatten().tolist() == [0, 0 if strict else 1]


def test_gradients_in_any_layout():
    x = torch.randn(4, 2, 6, 5, 5, requires_grad=True)
    expanded = torch.randn(4, 2, 6, 1, 1).expand(4, 2, 6, 5, 5)
    transposed = torch.randn(4, 2, 5, 5, 6).permute(0, 1, 4, 2, 3)
    for g in (expanded, transposed):
        (ours,), (theirs,) = (torch.autograd.grad((f.lif(x, **RMP)).spikes, x, g) for f in (compiled, reference))
        torch.testing.assert_close(ours, theirs)


def test_the_number_of_threads_changes_no_bit():
    x = torch.randn(4, 8, 16, 32, 32, requires_grad=True)
    threads, results = torch.get_num_threads(), []
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            out = compiled.lif(x, **RMP)
            (dx,) = torch.autograd.grad(out.spikes.sum() + out.quantization_error, x)
            results.append([out.spikes, out.firing_rate, out.quantization_error, dx])
    finally:
        torch.set_num_threads(threads)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


def test_nothing_is_kept_beside_the_input():
    x = torch.randn(4, 2, 64, requires_grad=True)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        compiled.lif(x, **RMP)
    assert [t.data_ptr() for t in kept] == [x.data_ptr()]


def test_without_a_compiler_the_reference_runs_and_says_so_once(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CXX", "no-such-compiler")
    library.library.cache_clear()
    x = torch.randn(3, 2, 5)
    with caplog.at_level(logging.WARNING):
        first, _ = compiled.lif(x, **RMP), compiled.lif(x, **RMP)
    library.library.cache_clear()
    assert torch.equal(first.spikes, reference.lif(x, **RMP).spikes)
    assert len([r for r in caplog.records if "g++" in r.message]) == 1


def test_a_second_process_finds_the_library(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    x = torch.randn(3, 2, 5)
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            library.library.cache_clear()
            compiled.lif(x, **RMP)
    library.library.cache_clear()
    assert len([r for r in caplog.records if r.message.startswith("compiled the LIF operator")]) == 1
    assert [path.suffix for path in (tmp_path / "snnexp").iterdir()] == [".so"]


def test_torch_compile_is_given_the_reference_in_one_graph():
    # in a process of its own: the types that tests check at run time cannot be traced
    code = f"""
import torch
from snnexp.ops.lif import lif
from snnexp.surrogates.rectangle import Rectangle
def loss(x):
    out = lif(1.5 * x, **{RMP})
    return out.spikes.square().mean() + out.quantization_error
x = torch.randn(4, 3, 8, requires_grad=True)
ours = torch.autograd.grad(torch.compile(loss, fullgraph=True, backend="aot_eager")(x), x)
torch.testing.assert_close(ours, torch.autograd.grad(loss(x), x))
"""
    done = subprocess.run([sys.executable, "-W", "error::UserWarning", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
