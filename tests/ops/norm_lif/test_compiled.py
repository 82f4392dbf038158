"""Batch norm, residual and neuron in C++ equal the reference and norm and neuron apart, in training and evaluation."""

from functools import partial
from itertools import product

import pytest
import torch
from constants import RMP
from lif_cases import covering, label
from norm_lif_cases import FACTORS, PLAIN, check

from snnexp.backbones.layers import LayerFactory, NormSpike
from snnexp.neurons.base import recording
from snnexp.neurons.lif import Lif
from snnexp.norms.layers import BatchNorm
from snnexp.ops import norm_lif
from snnexp.ops.lif.compiled import fire
from snnexp.ops.norm_lif import compiled, reference
from snnexp.regularizers.mpr import Phi
from snnexp.surrogates.rectangle import Rectangle


def inputs(steps: int, channels: int, size: int, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """x and a residual, channels last as convolutions leave them."""
    torch.manual_seed(0)
    x, residual = (torch.randn(steps * 3, channels, size, size, dtype=dtype) for _ in range(2))
    folded = (one.to(memory_format=torch.channels_last).unflatten(0, (steps, -1)) for one in (3 * x + 2, residual))
    return tuple(folded)


def layer(channels: int, T: int = 3) -> NormSpike:
    """A layer of rectified neurons in evaluation, its norm with parameters and statistics of its own."""
    torch.manual_seed(1)
    scaled = partial(BatchNorm, channels, 0.7)
    layers = LayerFactory(T, lambda site: Lif(site, Rectangle(), Phi(), **vars(RMP)), make_norm=lambda _: scaled())
    made = layers.norm_spike(channels, role="output")
    for tensor in (*made.norm.parameters(), *made.norm.buffers()):
        tensor.data.uniform_(0.5, 1.5)
    return made.eval()


def run(made: NormSpike, *tensors: torch.Tensor) -> tuple[torch.Tensor, tuple]:
    with torch.no_grad(), recording() as records:
        return made(*tensors), tuple(records[0])


def is_one_operator(made: NormSpike, *tensors: torch.Tensor) -> bool:
    """Whether a layer computes norm and neuron by the code of both."""
    used = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "fire", lambda *given: used.append(given) or fire(*given))
        made(*tensors)
    return bool(used)


# Channels that divide a tile of 64 neurons, that do not, and more of them; one step that stands for three
@pytest.mark.parametrize(
    ("channels", "steps", "size", "residual", "dtype"),
    list(product([2, 5, 16, 200], [1, 3], [1, 5], [False, True], [torch.float32, torch.float64])),
)
def test_equals_norm_and_neuron_apart(monkeypatch, channels, steps, size, residual, dtype):
    made = layer(channels).to(dtype)
    tensors = inputs(steps, channels, size, dtype)[: 1 + residual]
    spikes, record = run(made, *tensors)
    assert is_one_operator(made, *tensors)
    monkeypatch.setattr(norm_lif, "form", lambda *_: None)
    apart, other = run(made, *tensors)
    assert torch.equal(spikes, apart) and 0.05 < spikes.mean() < 0.95
    for ours, theirs in zip(record, other, strict=True):
        if torch.is_tensor(ours):
            torch.testing.assert_close(ours, theirs)
        else:
            assert ours == theirs


def operator(x: torch.Tensor, form, **changed):
    """`form` on x with norms of its channels."""
    torch.manual_seed(2)
    given = {"weight": torch.rand(5), "bias": torch.randn(5), "statistics": (torch.randn(5), torch.rand(5))}
    with torch.no_grad():
        return form.norm_lif(x, RMP, Rectangle(), **given | changed)


def test_a_residual_of_another_layout_and_type_is_taken():
    x, residual = inputs(3, 5, 4, torch.float32)
    other = residual.round().contiguous().to(torch.bfloat16)
    spikes = [operator(x, form, residual=other).lif.spikes for form in (compiled, reference)]
    assert torch.equal(*spikes)


@pytest.mark.parametrize("case", ["contiguous", "bfloat16"])
def test_what_does_not_suit_is_computed_apart(case):
    x, _ = inputs(3, 5, 4, torch.float32)
    x = {"contiguous": x.contiguous(), "bfloat16": x.to(torch.bfloat16)}[case]
    made = layer(5).to(x.dtype)
    with torch.no_grad():
        assert operator(x, compiled) is None and not is_one_operator(made, x)
        assert torch.equal(made(x), made.neuron(made.norm(x)))


# Code is compiled for each neuron: what the norm does not touch is tried with the neuron alone. The last shape has
# several blocks, in each of which a tile ends amid the channels.
FIXED = {name: PLAIN[name] for name in ("reset", "detach_reset", "detach_state", "strict", "surrogate")}
WIDE = FACTORS | {name: [value] for name, value in FIXED.items()} | {"rectifier": [None, "mpr"]}
WIDE |= {"dtype": ["float32", "float64"], "layout": ["channels_last", "static_channels_last"]}
WIDE |= {"shape": [(2, 1, 3, 2), (3, 5, 7, 3), (40, 3), (2, 70, 16, 17)]}


@pytest.mark.parametrize("case", covering(WIDE, count=0), ids=label)
def test_output_statistics_and_every_gradient_equal_the_references(case):
    check(compiled, reference, case, "cpu")


@pytest.mark.parametrize("steps", [1, 3])
def test_training_moves_weights_and_running_statistics_as_apart(monkeypatch, steps):
    x, residual = inputs(steps, 16, 5, torch.float64)
    results = []
    for apart in (False, True):
        if apart:
            monkeypatch.setattr(norm_lif, "form", lambda *_: None)
        made = layer(16).double().train()
        leaves = [each.detach().requires_grad_() for each in (x, residual)]
        with recording() as records:
            spikes = made(*leaves)
        loss = spikes.square().sum() + 100 * records[0].quantization_error
        results.append([spikes, *records[0][1:4], *made.norm.buffers()])
        results[-1] += torch.autograd.grad(loss, [*leaves, *made.parameters()])
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_the_number_of_threads_changes_no_bit():
    x, residual = (each.requires_grad_() for each in inputs(3, 70, 17, torch.float32))
    threads, results = torch.get_num_threads(), []
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            made = layer(70).train()
            with recording() as records:
                spikes = made(x, residual)
            grads = torch.autograd.grad(spikes.sum() + records[0].quantization_error, [x, residual, *made.parameters()])
            results.append([spikes, *records[0][1:4], *made.norm.buffers(), *grads])
    finally:
        torch.set_num_threads(threads)
    for other in results[1:]:
        assert all(map(torch.equal, results[0], other))


def test_x_and_the_residual_alone_are_kept_of_their_size():
    x, residual = (each.requires_grad_() for each in inputs(3, 5, 4, torch.float32))
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        layer(5).train()(x, residual)
    assert {t.data_ptr() for t in kept if t.numel() > 5} == {x.data_ptr(), residual.data_ptr()}


class Halved(BatchNorm):
    def normalize(self, x, mean, var):
        return super().normalize(x, mean, var) / 2


def test_a_norm_that_normalizes_in_its_own_way_is_left_apart():
    made, (x, _) = layer(5), inputs(3, 5, 4, torch.float32)
    made.norm.__class__ = Halved
    with torch.no_grad():
        assert torch.equal(made(x), made.neuron(made.norm(x))) and not is_one_operator(made, x)


class Unstated(Rectangle):
    cpp = None


def test_a_neuron_without_code_leaves_its_norm_apart():
    made, (x, _) = layer(5), inputs(3, 5, 4, torch.float32)
    assert is_one_operator(made, x)
    made.neuron.surrogate = Unstated()
    assert not is_one_operator(made, x)


def test_code_that_cannot_be_compiled_leaves_the_norm_apart_and_moves_it_once(monkeypatch):
    made, (x, _) = layer(5).train(), inputs(3, 5, 4, torch.float32)
    expected = made.norm.running_mean.lerp(x.mean((0, 1, 3, 4)), made.norm.momentum)
    monkeypatch.setattr(compiled, "prepare", lambda *_: None)
    assert not is_one_operator(made, x)
    torch.testing.assert_close(made.norm.running_mean, expected)


def test_a_norm_without_running_statistics_takes_the_batchs():
    torch.manual_seed(1)
    layers = LayerFactory(
        3,
        lambda site: Lif(site, Rectangle(), **vars(RMP)),
        make_norm=lambda site: BatchNorm(site.channels, running=False),
    )
    made, (x, _) = layers.norm_spike(5, role="output").eval(), inputs(3, 5, 4, torch.float32)
    with torch.no_grad():
        assert torch.equal(made(x), made.train()(x))
