"""The fused operator equals the reference: in Triton's interpreter, or on the device where there is one."""

import itertools
import random
from dataclasses import replace

import pytest
import torch
from constants import RMP
from lif_cases import FACTORS, check, covering, label

from snnexp.ops.base.neuron_kernel import NeuronKernel
from snnexp.ops.layout import dense
from snnexp.ops.lif import fused, reference
from snnexp.surrogates.rectangle import Rectangle
from snnexp.surrogates.tanh import Tanh

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
RECTANGLE = Rectangle(width=1.0)
TURNING = ("dtype", "size", "T", "loss")
FIXED = {name: FACTORS[name] for name in FACTORS if name not in (*TURNING, "surrogate")}
LARGE = FACTORS | {"size": [2**20, 2**20 + 1], "T": [4, 17]}


def randn(*shape: int, **options) -> torch.Tensor:
    return torch.randn(*shape, device=DEVICE, **options)


def gradients(form, x: torch.Tensor, g: torch.Tensor, constants=RMP, surrogate=RECTANGLE) -> torch.Tensor:
    """dx for the gradient g of the spikes."""
    x = x.detach().requires_grad_()
    return torch.autograd.grad(form.lif(x, constants, surrogate).spikes, x, g)[0]


@pytest.mark.parametrize("case", covering(FACTORS, count=60), ids=label)
def test_equals_the_reference(case, poisoned):
    check(fused, reference, case, DEVICE)


@pytest.mark.slow
@pytest.mark.parametrize("surrogate", FACTORS["surrogate"])
def test_equals_the_reference_in_every_combination(surrogate, poisoned):
    rng = random.Random(surrogate)
    for values in itertools.product(*FIXED.values()):
        case = dict(zip(FIXED, values, strict=True)) | {name: rng.choice(FACTORS[name]) for name in TURNING}
        check(fused, reference, case | {"surrogate": surrogate}, DEVICE)


@pytest.mark.large
@pytest.mark.cuda
@pytest.mark.parametrize("case", covering(LARGE, count=60), ids=label)
def test_equals_the_reference_at_large_shapes(case, poisoned):
    check(fused, reference, case, DEVICE)


@pytest.mark.parametrize(("strict", "spikes"), [(False, [1, 0, 1, 0]), (True, [0, 0, 1, 0])])
def test_potential_exactly_at_the_threshold(strict, spikes):
    # Hard reset to 0, decay 1/2; v_pre is .5 .25 .625 .25, or, where .5 does not fire, .5 .5 .75 .25.
    x = torch.tensor([0.5, 0.25, 0.5, 0.25], device=DEVICE).view(4, 1)
    out = fused.lif(x, replace(RMP, strict=strict, decay=0.5), RECTANGLE, return_v_pre=True)
    v_pre = [0.5, 0.5, 0.75, 0.25] if strict else [0.5, 0.25, 0.625, 0.25]
    assert out.spikes.flatten().tolist() == spikes
    assert out.v_pre.flatten().tolist() == v_pre
    assert out.firing_rate.item() == sum(spikes) / 4
    assert out.quantization_error.item() == sum((u - s) ** 2 for u, s in zip(v_pre, spikes, strict=True)) / 4


@pytest.mark.parametrize("decay", [2 / 3, 0.8, 0.9])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_the_decay_leaves_to_the_input_is_rounded_once(decay, dtype):
    x = randn(4, 1000, dtype=dtype)
    constants = replace(RMP, decay=decay, decay_input=True)
    ours, theirs = (form.lif(x, constants, RECTANGLE, return_v_pre=True) for form in (fused, reference))
    assert torch.equal(ours.v_pre, theirs.v_pre) and torch.equal(ours.spikes, theirs.spikes)


def test_rectangle_is_closed_at_both_edges():
    x = torch.tensor([[0.0, 1.0, -0.001, 1.001]], device=DEVICE)
    assert gradients(fused, x, torch.ones_like(x)).tolist() == [[1, 1, 0, 0]]


@pytest.mark.parametrize("form", ["expanded over T", "expanded over all", "transposed", "every other step"])
def test_takes_a_gradient_of_any_layout(form, poisoned):
    x, g = randn(4, 3, 5, 7), randn(4, 3, 5, 7)
    g = {
        "expanded over T": g[:1].expand_as(g),
        "expanded over all": g[0, 0, 0, 0].expand_as(g),
        "transposed": randn(4, 7, 5, 3).transpose(1, 3),
        "every other step": randn(8, 3, 5, 7)[::2],
    }[form]
    torch.testing.assert_close(gradients(fused, x, g), gradients(reference, x, g))


def test_takes_an_input_with_gaps(poisoned):
    x = randn(8, 3, 10)[::2, :, ::2]
    out = fused.lif(x, RMP, RECTANGLE)
    assert torch.equal(out.spikes, reference.lif(x, RMP, RECTANGLE).spikes)
    assert dense(randn(8, 3, 10)[::2]).stride(0) == 60  # the stride over T is free: no copy


@pytest.mark.parametrize("T", [32, 37, 300])
def test_keeps_the_potential_between_segments_only_for_backward(T, poisoned):
    x, g = randn(T, 2, 5, dtype=torch.float64), randn(T, 2, 5, dtype=torch.float64)
    soft = replace(RMP, reset="soft"), Tanh(k=3.0)
    torch.testing.assert_close(gradients(fused, x, g, *soft), gradients(reference, x, g, *soft))
    assert saved(x.requires_grad_()) == [x.shape, (-(-T // 16) - 1, 10)]
    with torch.no_grad():
        assert saved(x) == []


def saved(x: torch.Tensor) -> list:
    """Shapes of what one call keeps for backward."""
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(kept.append, lambda one: one):
        fused.lif(x, RMP, RECTANGLE)
    return [one.shape for one in kept if one.numel()]


def neuron(**fields) -> str:
    """What the operator is told of a neuron."""
    plain = NeuronKernel(4, False, vars(RMP), "snnexp.surrogates.tanh", (3.0,), 0.5, False, None)
    return repr(tuple(plain._replace(**fields)))


def test_allocates_only_what_was_asked_for():
    x = randn(20, 8, 64)
    for keep, return_v_pre in itertools.product([False, True], repeat=2):
        made = fused.new_outputs(x, None, neuron(T=20), keep, return_v_pre)
        asked = [x.shape, (), (), (0,), (0,), x.shape if return_v_pre else (0,), (1, 512) if keep else (0,)]
        assert [one.shape for one in made] == asked


@pytest.mark.parametrize("needs", ["x", "decay"])
def test_one_gradient_without_the_other(needs, poisoned):
    x, decay = randn(4, 6).requires_grad_(needs == "x"), torch.tensor(0.3, device=DEVICE).requires_grad_(needs != "x")
    ours, theirs = (
        torch.autograd.grad(
            form.lif(x, replace(RMP, decay=decay), RECTANGLE).spikes.sum(), x if needs == "x" else decay
        )
        for form in (fused, reference)
    )
    torch.testing.assert_close(ours, theirs)


def test_autocast_changes_nothing(poisoned):
    x, g = randn(4, 6, 10), randn(4, 6, 10)
    with torch.autocast(DEVICE, torch.bfloat16):
        inside = fused.lif(x, RMP, RECTANGLE)
        dx = gradients(fused, x, g)
    assert torch.equal(inside.spikes, fused.lif(x, RMP, RECTANGLE).spikes)
    assert inside.spikes.dtype == torch.float32 and torch.equal(dx, gradients(fused, x, g))


@pytest.mark.parametrize("T", [4, 17])
@pytest.mark.parametrize("decay", ["fixed", "learned"])
def test_compiles_without_a_graph_break(T, decay):
    leaf = torch.tensor(0.3, device=DEVICE, requires_grad=True)
    x = randn(T, 3, 8).requires_grad_()
    # made here: the types that tests check at run time cannot be traced
    constants = replace(RMP, decay=leaf if decay == "learned" else 0.3)

    def loss(x: torch.Tensor) -> torch.Tensor:
        out = fused.lif(1.5 * x, constants, RECTANGLE, return_v_pre=T == 4)
        return out.spikes.square().mean() + out.quantization_error + (0 if out.v_pre is None else out.v_pre.sum())

    inputs = (x, leaf) if decay == "learned" else (x,)
    torch._dynamo.reset()
    ours = torch.autograd.grad(torch.compile(loss, fullgraph=True, backend="aot_eager")(x), inputs)
    assert all(map(torch.equal, ours, torch.autograd.grad(loss(x), inputs)))


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")
def test_operator_keeps_the_rules_of_torch_library():
    x, decay = randn(4, 6, requires_grad=True), torch.tensor(0.3, device=DEVICE, requires_grad=True)
    torch.library.opcheck(fused.compiled_forward, (x, decay, neuron(), True, True))


def test_refuses_what_the_reference_refuses():
    with pytest.raises(ValueError, match="T=4 needs an input of one time step, not 2"):
        fused.lif(randn(2, 3), RMP, RECTANGLE, T=4)


@pytest.mark.large
@pytest.mark.cuda
def test_two_runs_agree_bit_for_bit():
    x = randn(4, 64, 64, 32, 32, dtype=torch.bfloat16)
    runs = []
    for _ in range(2):
        leaf, decay = x.clone().requires_grad_(), torch.tensor(0.3, device=DEVICE, requires_grad=True)
        out = fused.lif(leaf, replace(RMP, decay=decay), RECTANGLE)
        grads = torch.autograd.grad(out.spikes.float().sum() + out.quantization_error, (leaf, decay))
        runs.append((*out[:3], *grads))
    assert all(map(torch.equal, *runs))


@pytest.mark.large
@pytest.mark.cuda
def test_offsets_beyond_32_bits():
    x = torch.randn(2, 2**30 + 8, device=DEVICE, dtype=torch.bfloat16)
    spikes, dx = fused.lif(x, RMP, RECTANGLE).spikes, gradients(fused, x, torch.ones_like(x))
    last = x[:, -1024:].clone()
    assert torch.equal(spikes[:, -1024:], fused.lif(last, RMP, RECTANGLE).spikes)
    assert torch.equal(dx[:, -1024:], gradients(fused, last, torch.ones_like(last)))


@pytest.mark.cuda
def test_runs_in_a_graph_without_a_synchronisation(no_waits):
    x, decay = randn(4, 8, 1000).requires_grad_(), torch.tensor(0.3, device=DEVICE, requires_grad=True)

    def step() -> tuple[torch.Tensor, ...]:
        out = fused.lif(x, replace(RMP, decay=decay), RECTANGLE)
        return torch.autograd.grad(out.spikes.sum() + out.quantization_error, (x, decay))

    expected = step()
    with no_waits:
        step()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        captured = step()
    graph.replay()
    assert all(map(torch.equal, captured, expected))
