"""Normalisation and neuron in one equal the reference: in Triton's interpreter, or on the device where there is one."""

from dataclasses import replace

import pytest
import torch
from constants import RMP
from lif_cases import arguments, covering, label
from norm_lif_cases import FACTORS, PLAIN, check, inputs, run, running

from snnexp.ops.norm_lif import fused, reference
from snnexp.surrogates.rectangle import Rectangle

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
LARGE = FACTORS | {"shape": [(32, 128, 32, 32), (16, 48, 33, 31), (64, 512, 8, 8)], "T": [4, 17]}


@pytest.mark.parametrize("case", covering(FACTORS, count=0), ids=label)
def test_equals_the_reference(case, poisoned):
    check(fused, reference, case, DEVICE)


@pytest.mark.slow
@pytest.mark.parametrize("case", covering(FACTORS, count=300, seed=1), ids=label)
def test_equals_the_reference_in_more_cases(case, poisoned):
    check(fused, reference, case, DEVICE)


@pytest.mark.large
@pytest.mark.cuda
@pytest.mark.parametrize("case", covering(LARGE, count=0), ids=label)
def test_equals_the_reference_at_large_shapes(case, poisoned):
    check(fused, reference, case, DEVICE)


@pytest.mark.parametrize("decay", [2 / 3, 0.8, 0.9])
def test_what_the_decay_leaves_to_the_input_is_rounded_once(decay):
    b = torch.tensor(1 - decay).item()  # in float32: the potential of an input of 1, and the threshold
    one, zero = torch.ones(1, device=DEVICE), torch.zeros(1, device=DEVICE)
    x, affine = one.view(1, 1, 1), {"weight": one, "bias": zero, "statistics": (zero, one)}
    for strict in (False, True):
        constants = replace(RMP, decay=decay, decay_input=True, v_threshold=b, strict=strict)
        assert fused.norm_lif(x, constants, Rectangle(width=1.0), **affine).lif.firing_rate.item() == (not strict)


def test_statistics_of_far_off_values_do_not_cancel(poisoned):
    # Means of 1000 deviations, and one value far out at the place where a program starts.
    torch.manual_seed(0)
    x = 1000 + torch.randn(2, 3, 4, 9, 9, device=DEVICE)
    x[0, 0, 1, 0, 0] = -1e4
    statistics = run(fused, PLAIN, inputs(PLAIN | {"shape": (3, 4, 9, 9)}, DEVICE) | {"x": x}, None)[0].statistics
    var, mean = torch.var_mean(x.double(), dim=(0, 1, 3, 4), correction=0)
    assert ((statistics.mean - mean).abs() <= 1e-6 * mean.abs()).all()
    assert ((statistics.var - var).abs() <= 3e-6 * var).all()


@pytest.mark.parametrize("form", [fused, reference])
def test_one_value_a_channel_moves_no_running_statistics(form):
    case = PLAIN | {"shape": (1, 4, 1, 1), "T": 1}
    given = inputs(case, DEVICE)
    with pytest.raises(ValueError, match="larger batch"):
        run(form, case, given, None, running(given["x"]))


def test_a_backward_pass_by_running_statistics_that_moved_since_is_refused():
    case = PLAIN | {"statistics": "given"}
    given, (neuron, _) = inputs(case, DEVICE), arguments(PLAIN, 0.3)
    moved, x = running(given["x"]), given.pop("x")
    weight = given["weight"].requires_grad_()
    spikes = fused.norm_lif(x, *neuron, **given, statistics=moved[:2]).lif.spikes
    fused.norm_lif(x, *neuron, **given, running=moved)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        torch.autograd.grad(spikes.sum(), weight)


def test_keeps_only_the_inputs_and_numbers_per_channel(poisoned):
    given = {name: one.requires_grad_() for name, one in inputs(PLAIN | {"residual": True}, DEVICE).items()}
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(kept.append, lambda one: one):
        neuron, _ = arguments(PLAIN, 0.3)
        fused.norm_lif(given.pop("x"), *neuron, **given)
    assert sum(one.numel() > 5 for one in kept) == 2  # x and the residual


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_autocast_changes_nothing(dtype, poisoned):
    case = PLAIN | {"dtype": dtype, "residual": True, "decay": "learned"}
    given = inputs(case, DEVICE)
    outside, grads = run(fused, case, given, None)
    with torch.autocast(DEVICE, torch.bfloat16):
        inside, others = run(fused, case, given, None)
    assert inside.lif.spikes.dtype == given["x"].dtype and torch.equal(inside.lif.spikes, outside.lif.spikes)
    assert all(map(torch.equal, inside.statistics, outside.statistics)) and all(map(torch.equal, others, grads))


def test_leaves_v_pre_to_the_unfused_pair():
    with pytest.raises(ValueError, match="return_v_pre"):
        given, (neuron, options) = inputs(PLAIN, DEVICE), arguments(PLAIN, 0.3)
        fused.norm_lif(given.pop("x"), *neuron, **given, **options | {"return_v_pre": True})
