"""ASA's gate in C++ is its PyTorch form, with every gradient, ties of maxima included."""

import pytest
import torch

from snnexp.config.compose import compose
from snnexp.neurons.base import recording
from snnexp.ops.split_gate import compiled
from snnexp.regularizers import asa
from snnexp.training import assembly


def gate_and_current(dtype: torch.dtype, union: bool = False) -> tuple[asa.AsaGate, torch.Tensor]:
    torch.manual_seed(0)
    x = torch.randn(5, 3, 7, 9, 6, dtype=dtype)
    x = (4 * x).round() / 4 - 0.5  # many maxima are reached more than once, some by the zeros of the other group
    x[:, :, :, 0, 0] = -1
    x = x.flatten(0, 1).to(memory_format=torch.channels_last).unflatten(0, (5, 3))
    return asa.AsaGate(0.5, union, "xor", None).to(dtype), x


def found(gate: asa.AsaGate, x: torch.Tensor) -> list[torch.Tensor]:
    x = x.detach().requires_grad_()
    y = gate(x)
    g = torch.randn(y.shape, dtype=y.dtype, generator=torch.Generator().manual_seed(1))
    return [y, *torch.autograd.grad(y, [x, *gate.parameters()], g)]


@pytest.mark.parametrize("union", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_equals_the_reference(dtype, tolerance, union, monkeypatch):
    gate, x = gate_and_current(dtype, union)
    assert compiled.code(x) is not None
    ours = found(gate, x)
    monkeypatch.setattr(compiled, "code", lambda x: None)
    for one, other in zip(ours, found(gate, x), strict=True):
        assert one.shape == other.shape and (one - other).abs().max() <= tolerance * other.abs().max()


def differentiated(lib, x: torch.Tensor) -> list[torch.Tensor]:
    """Pooled values, the gated current and their gradients to x."""
    x = x.detach().requires_grad_()
    mask = (x.detach().mean((3, 4)) > 0).float()
    pooled = compiled.Pool.apply(x, mask, lib)
    y = compiled.Apply.apply(x, mask, pooled[::2], lib)
    return [pooled, y, *torch.autograd.grad(y.square().sum() + pooled.square().sum(), x)]


def test_the_number_of_threads_changes_no_bit():
    _, x = gate_and_current(torch.float32)
    lib = compiled.code(x)
    threads, results = torch.get_num_threads(), []
    try:
        for count in (1, 3):
            torch.set_num_threads(count)
            results.append([compiled.score(lib, x), *differentiated(lib, x)])
    finally:
        torch.set_num_threads(threads)
    assert all(map(torch.equal, *results))


def test_takes_steps_that_share_their_memory():
    gate, x = gate_and_current(torch.float64)
    static = x[:1].expand(5, *x.shape[1:])
    torch.testing.assert_close(found(gate, static), found(gate, static.clone(memory_format=torch.preserve_format)))


@pytest.mark.parametrize("change", [torch.Tensor.contiguous, torch.Tensor.bfloat16])
def test_leaves_other_tensors_to_the_reference(change):
    assert compiled.code(change(gate_and_current(torch.float32)[1])) is None


def test_a_whole_network_has_the_same_spikes_and_gradients(monkeypatch):
    composed = compose(["exp=nmnist_asa", "backbone.hidden=16", "backbone.width=2", "T=4", "device=cpu"])
    dataset, regularizers = assembly.part(composed, "dataset"), assembly.make_regularizers(composed)
    network = assembly.make_network(composed, dataset, regularizers).double().to(memory_format=torch.channels_last)
    x = torch.rand(4, 3, 2, 34, 34, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    results = []
    for form in (compiled.code, lambda x: None):
        monkeypatch.setattr(compiled, "code", form)
        torch.manual_seed(0)  # dropout's
        with recording(frozenset({"spikes"})) as records:
            logits = network(x)
        grads = torch.autograd.grad(logits.square().sum(), [*network.parameters()])
        results.append(([record.spikes for record in records], [logits, *grads]))
    (spikes, ours), (expected, theirs) = results
    assert all(map(torch.equal, spikes, expected)) and torch.cat([each.flatten() for each in spikes]).mean() > 0.01
    assert all((a - b).abs().max() <= 1e-12 * max(1.0, b.abs().max()) for a, b in zip(ours, theirs, strict=True))
