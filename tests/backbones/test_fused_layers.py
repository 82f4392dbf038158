"""Norm and neuron as one operator do what they do apart: in Triton's interpreter, or on a device if there is one."""

import copy
from contextlib import contextmanager
from functools import partial

import pytest
import torch
from constants import RMP
from torch import nn

from snnexp.backbones.layers import LayerFactory, NormSpike
from snnexp.neurons.base import recording
from snnexp.neurons.lif import Lif
from snnexp.norms.layers import BatchNorm
from snnexp.ops import norm_lif
from snnexp.ops.norm_lif import fused
from snnexp.regularizers.mpr import Phi
from snnexp.surrogates.rectangle import Rectangle

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@contextmanager
def chosen(form):
    """Within the block, `form` stands for what the device's would be; None: norm and neuron run apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(norm_lif, "form", lambda *_: form)
        yield


def layer(T=3, running=True, **parts) -> NormSpike:
    """A layer of rectified RMP neurons, its norm with parameters and statistics of its own."""
    torch.manual_seed(1)
    layers = LayerFactory(
        T,
        lambda site: Lif(site, Rectangle(), Phi(), **vars(RMP)),
        make_norm=lambda site: BatchNorm(site.channels, 0.7, running=running),
    )
    made = layers.norm_spike(5, role="output", **parts)
    for tensor in (*made.norm.parameters(), *made.norm.buffers()):
        tensor.data.uniform_(0.5, 1.5)
    return made.to(DEVICE)


def run(form, made: NormSpike, x: torch.Tensor, residual: torch.Tensor | None) -> dict:
    """Spikes, record, gradients and running statistics of a copy of a layer, in one form."""
    made = copy.deepcopy(made)
    leaves = [one.clone().requires_grad_() for one in (x, residual) if one is not None]
    with chosen(form), recording() as records:
        spikes = made(*leaves)
    generator = torch.Generator(DEVICE).manual_seed(2)
    g = torch.randn(spikes.shape, generator=generator, device=DEVICE, dtype=x.dtype)
    loss = (spikes * g).sum() + 100 * records[0].quantization_error
    grads = torch.autograd.grad(loss, [*leaves, *made.parameters()])
    return {"spikes": spikes, "record": records[0], "grads": grads, "buffers": dict(made.norm.named_buffers())}


def inputs(steps: int, dtype: torch.dtype, shape=(2, 5, 4, 3)) -> tuple[torch.Tensor, torch.Tensor]:
    """x and a residual, channels last as convolutions leave them."""
    torch.manual_seed(0)
    x, residual = (torch.randn(steps * shape[0], *shape[1:], device=DEVICE, dtype=dtype) for _ in range(2))
    folded = (one.to(memory_format=torch.channels_last).unflatten(0, (steps, -1)) for one in (3 * x + 2, residual))
    return tuple(folded)


def check(made: NormSpike, x: torch.Tensor, residual: torch.Tensor | None) -> None:
    """Raise unless both forms agree: spikes and counts exactly, statistics to 1e-6, gradients near."""
    ours, theirs = run(fused, made, x, residual), run(None, made, x, residual)
    tolerance = 1e-9 if x.dtype == torch.float64 else 1e-5
    assert torch.equal(ours["spikes"], theirs["spikes"]) and 0.1 < ours["spikes"].mean() < 0.9
    for one, other in zip(ours["record"], theirs["record"], strict=True):
        same = torch.is_tensor(one) and torch.allclose(one, other, rtol=tolerance, atol=0)
        assert same or (not torch.is_tensor(one) and one == other)
    largest = max(grad.abs().max() for grad in theirs["grads"])
    for one, other in zip(ours["grads"], theirs["grads"], strict=True):
        assert one.shape == other.shape and (one - other).abs().max() <= tolerance * largest
    torch.testing.assert_close(ours["buffers"], theirs["buffers"], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("running", [True, False])
def test_equals_the_pair(dtype, steps, training, running):
    made = layer(running=running).to(dtype).train(training)
    x, residual = inputs(steps, dtype)
    check(made, x, residual if running else None)


def test_under_autocast_only_the_pair_rounds_between_norm_and_neuron():
    made, (x, residual) = layer(T=1).eval(), inputs(1, torch.bfloat16, (8, 5, 16, 16))
    spikes = []
    for form in (fused, None):
        with chosen(form), torch.no_grad(), torch.autocast(DEVICE, torch.bfloat16):
            spikes.append(made(x, residual))
    normalized = made.norm(x.float())
    current, (ours, pair) = normalized + residual.float(), spikes
    assert ours.dtype == pair.dtype == torch.bfloat16 and torch.equal(ours, (current > 0.5).to(ours.dtype))
    roundings = 2**-9 * (normalized.abs() + current.abs()) + 1e-6
    differ = ours != pair
    assert differ.any() and ((current - 0.5).abs() <= roundings)[differ].all()


@pytest.mark.large
@pytest.mark.cuda
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("steps", [1, 4])
def test_equals_the_pair_at_large_shapes(training, steps):
    check(layer(T=4).double().train(training), *inputs(steps, torch.float64, (32, 5, 64, 63)))


def test_statistics_move_with_training_alone():
    made, (x, _) = layer(), inputs(3, torch.float32)
    before = copy.deepcopy(made.norm.state_dict())
    with chosen(fused):
        made.eval()(x)
        torch.testing.assert_close(made.norm.state_dict(), before, rtol=0, atol=0)
        made.train()(x)
        assert not torch.equal(made.norm.running_mean, before["running_mean"])


def calls(made: NormSpike, x: torch.Tensor, needs=frozenset()) -> list[str]:
    """What a layer runs by: the fused operator, or norm and neuron apart."""
    seen = []
    with pytest.MonkeyPatch.context() as patch, chosen(fused), recording(needs):
        patch.setattr(fused, "norm_lif", lambda *a, f=fused.norm_lif, **k: seen.append("fused") or f(*a, **k))
        made(x)
    return seen


class Doubled(nn.Module):
    def forward(self, x):
        return 2 * x


def test_is_used_only_where_nothing_stands_or_looks_in_between():
    x = inputs(3, torch.float32)[0]
    assert calls(layer(), x) == ["fused"]
    gated, twin = layer(), layer()
    gated.gate, twin.neuron = Doubled(), Doubled()
    twin.neuron.site, twin.neuron.forward = gated.neuron.site, lambda x: x
    replaced = layer()
    replaced.neuron.fire = partial(replaced.neuron.fire)
    for other in (layer(pool=nn.AvgPool2d(2)), gated, twin, replaced):
        assert calls(other, x) == []
    for needs in ("x", "v_pre"):
        assert calls(layer(), x, frozenset({needs})) == []


def test_hooks_see_what_they_are_promised():
    x, made, seen = inputs(3, torch.float32)[0], layer().eval(), []
    handle = made.neuron.register_forward_hook(lambda module, args, spikes: seen.append(args[0]))
    assert calls(made, x) == [] and torch.equal(seen[0], made.norm(x))
    handle.remove()
    everywhere = nn.modules.module.register_module_forward_hook
    for hook in (made.norm.register_forward_hook, made.neuron.register_forward_pre_hook, everywhere):
        handle = hook(lambda *args: None)
        assert calls(made, x) == []
        handle.remove()
    assert calls(made, x) == ["fused"]


class Delayed(Lif):
    """Fires a step later: a neuron whose `forward` is its own."""

    def forward(self, x, **options):
        return super().forward(x, **options).roll(1, dims=0)


@pytest.mark.parametrize("steps", [1, 3])
def test_a_neuron_with_a_forward_of_its_own_keeps_its_norm_and_residual(steps):
    made, (x, residual) = layer().eval(), inputs(steps, torch.float32)
    made.neuron = Delayed(made.neuron.site, Rectangle(), **vars(RMP)).to(DEVICE)
    with torch.no_grad():
        expected = made.neuron(made.norm(x) + residual)
        assert torch.equal(made(x, residual), expected) and 0.1 < expected.mean() < 0.9
    assert calls(made, x) == []


def test_a_forward_that_was_put_on_the_object_does_not_fuse():
    made = layer()
    made.neuron.forward = partial(made.neuron.forward)
    assert calls(made, inputs(3, torch.float32)[0]) == []


def test_torch_compile_is_given_the_pair(monkeypatch):
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    assert calls(layer(), inputs(3, torch.float32)[0]) == []
