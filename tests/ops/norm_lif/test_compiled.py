"""Batch norm folded into the compiled operator, for evaluation on a CPU: the same spikes in one pass."""

from functools import partial
from itertools import product

import pytest
import torch
from constants import RMP

from snnexp.backbones.layers import LayerFactory, NormSpike
from snnexp.neurons.base import recording
from snnexp.neurons.lif import Lif
from snnexp.norms.layers import BatchNorm
from snnexp.ops import norm_lif
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


# Channels that divide a tile of 64 neurons, that do not, and more of them; one step that stands for three
@pytest.mark.parametrize(
    ("channels", "steps", "size", "residual", "dtype"),
    list(product([2, 5, 16, 200], [1, 3], [1, 5], [False, True], [torch.float32, torch.float64])),
)
def test_equals_norm_and_neuron_apart(monkeypatch, channels, steps, size, residual, dtype):
    made = layer(channels).to(dtype)
    tensors = inputs(steps, channels, size, dtype)[: 1 + residual]
    assert made.fuses(tensors[0]) is False  # a gradient might be asked for
    with torch.no_grad():
        assert made.fuses(tensors[0])
    spikes, record = run(made, *tensors)
    monkeypatch.setattr(norm_lif, "form", lambda device: reference)
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


@pytest.mark.parametrize("case", ["contiguous", "bfloat16", "own statistics"])
def test_what_does_not_suit_is_left_to_the_reference(case):
    x, _ = inputs(3, 5, 4, torch.float32)
    x = {"contiguous": x.contiguous(), "bfloat16": x.to(torch.bfloat16)}.get(case, x)
    changed = {"statistics": None} if case == "own statistics" else {}
    ours, theirs = (operator(x, form, **changed) for form in (compiled, reference))
    assert torch.equal(ours.lif.spikes, theirs.lif.spikes)
    assert (ours.statistics is None) == (theirs.statistics is None)
    if case != "own statistics":
        assert not compiled.suits(x)


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
