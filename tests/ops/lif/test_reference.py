"""The specification of the operator: hand-computed traces, closed-form gradients, and outside oracles."""

import itertools
from contextlib import nullcontext
from dataclasses import replace

import pytest
import torch
from constants import RMP

from snnexp.ops.lif import measuring
from snnexp.ops.lif.reference import lif
from snnexp.regularizers.mpr import Phi
from snnexp.surrogates.atan import Atan
from snnexp.surrogates.rectangle import Rectangle
from snnexp.surrogates.tanh import Tanh

RECTANGLE = Rectangle(width=1.0)


def column(values: list[float]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64).view(-1, 1, 1)


@pytest.mark.parametrize(
    ("reset", "v_subtract", "spikes", "v_pre"),
    [
        ("hard", 0.0, [0, 1, 0, 0, 1], [0.35, 0.70, 0.35, 0.35, 0.70]),
        ("soft", 0.5, [0, 1, 1, 0, 0], [0.35, 0.70, 0.55, 0.05, 0.40]),
        ("soft", 1.0, [0, 1, 0, 0, 0], [0.35, 0.70, 0.05, 0.05, 0.40]),
    ],
    ids=["hard", "soft-by-threshold", "soft-by-spike"],
)
def test_concept_figure(reset, v_subtract, spikes, v_pre):
    x = column([0.35, 0.35, 0.35, 0, 0.35])
    out = lif(x, replace(RMP, decay=1.0, reset=reset, v_subtract=v_subtract), RECTANGLE, return_v_pre=True)
    assert out.spikes.flatten().tolist() == spikes
    torch.testing.assert_close(out.v_pre, column(v_pre))


def test_asa_trace():
    asa = replace(RMP, decay=0.3, v_threshold=0.3, strict=False), Rectangle(width=0.5)
    out = lif(column([0.2, 0.2, 0.2, 0.3, 0.2]), *asa, return_v_pre=True)
    # after the spike nothing is carried on
    torch.testing.assert_close(out.v_pre, column([0.2, 0.26, 0.278, 0.3 * 0.278 + 0.3, 0.2]))
    assert out.spikes.flatten().tolist() == [0, 0, 0, 1, 0]
    assert lif(column([0.3]), *asa).spikes.item() == 1


@pytest.mark.parametrize(("strict", "fires"), [(True, 0.0), (False, 1.0)])
def test_at_the_threshold_only_the_lax_neuron_fires(strict, fires):
    assert lif(column([0.5]), replace(RMP, strict=strict), RECTANGLE).spikes.item() == fires


def test_soft_reset_leaves_the_quantization_error():
    x = torch.randn(2, 4, 8, dtype=torch.float64)
    out = lif(x, replace(RMP, decay=1.0, reset="soft"), RECTANGLE, return_v_pre=True)
    torch.testing.assert_close(out.v_pre[1] - x[1], out.v_pre[0] - out.spikes[0])


def closed_form(x, g, c, o, derivative):
    """The equations of the backward pass, written out step by step, as an oracle for autograd."""
    steps, v, states, k, dx, ddecay = len(x), torch.zeros_like(x[0]), [], torch.zeros_like(x[0]), torch.empty_like(x), 0
    b = 1 - o.decay if o.decay_input else 1.0
    for t in range(steps):
        v_pre = o.decay * v + b * x[t]
        s = (v_pre > o.v_threshold if o.strict else v_pre >= o.v_threshold).double()
        states.append((v, v_pre, s))
        v = torch.where(s > 0, o.v_reset, v_pre) if o.reset == "hard" else v_pre - o.v_subtract * s
    for t in reversed(range(steps)):
        v, v_pre, s = states[t]
        sg = derivative(v_pre)
        through = sg * (0 if o.detach_reset else 1)
        hard = o.reset == "hard"
        J = (1 - s) + (o.v_reset - v_pre) * through if hard else 1 - o.v_subtract * through
        d = g[t] * sg + k * J + c * (v_pre - s)
        dx[t] = b * d
        ddecay += (d * (v - x[t] if o.decay_input else v)).sum()
        k = 0 if o.detach_state else o.decay * d
    return dx, ddecay


@pytest.mark.parametrize("rectified", [False, True])
@pytest.mark.parametrize(
    ("reset", "detach_reset", "detach_state", "strict", "decay_input"),
    list(itertools.product(["hard", "soft"], *[[False, True]] * 4)),
)
def test_autograd_equals_the_closed_form(reset, detach_reset, detach_state, strict, decay_input, rectified):
    torch.manual_seed(0)
    phi = Phi() if rectified else None
    surrogate = Rectangle(width=1.0) if rectified else Atan(alpha=2.0)
    decay = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    flags = {"detach_reset": detach_reset, "detach_state": detach_state, "strict": strict, "decay_input": decay_input}
    o = replace(RMP, **flags, reset=reset, v_subtract=0.7, v_reset=0.0 if decay_input else 0.1, decay=decay)
    x = torch.randn(6, 3, 11, dtype=torch.float64, requires_grad=True)
    g = torch.randn_like(x)
    out = lif(x, o, surrogate, phi)
    dx, ddecay = torch.autograd.grad((out.spikes * g).sum() + 3 * out.quantization_error, (x, decay))

    def derivative(v):
        z = v - 0.5
        return surrogate(z) if phi is None else surrogate(phi(v) - 0.5) * phi.derivative(v)

    with torch.no_grad(), measuring():
        expected = closed_form(x, g, 6 / x.numel(), o, derivative)
    torch.testing.assert_close(dx, expected[0], rtol=0, atol=1e-13)
    torch.testing.assert_close(ddecay, expected[1], rtol=1e-12, atol=1e-12)


def test_a_static_image_stands_for_equal_steps():
    x = torch.randn(1, 3, 5, dtype=torch.float64, requires_grad=True)
    static, repeated = lif(x, RMP, RECTANGLE, T=4), lif(x.expand(4, 3, 5), RMP, RECTANGLE)
    assert torch.equal(static.spikes, repeated.spikes)
    g = torch.randn(4, 3, 5, dtype=torch.float64)
    (one,), (other,) = (torch.autograd.grad((o.spikes * g).sum(), x) for o in (static, repeated))
    torch.testing.assert_close(one, other)


def test_statistics_are_means_over_everything():
    out = lif(column([0.6, 0.1]), RMP, RECTANGLE)
    assert out.firing_rate == 0.5
    torch.testing.assert_close(out.quantization_error.item(), (0.4**2 + 0.1**2) / 2)


@pytest.mark.parametrize(("width", "share"), [(1.0, 3 / 5), (0.5, 2 / 5), (2.0, 4 / 5)])
def test_potentials_are_measured_by_hand(width, share):
    # without a leak and without a spike v_pre is what was added up: -1, 0, 0.25, 0.3; then 1.1, which fires
    x = torch.tensor([-1.0, 1.0, 0.25, 0.05, 0.8], dtype=torch.float64).view(5, 1, 1)
    with torch.no_grad(), measuring():
        out = lif(x, replace(RMP, decay=1.0), Rectangle(width=width))
    assert out.potential.tolist() == pytest.approx([0.65 / 5, (1 + 0.0625 + 0.09 + 1.21) / 5, share], rel=1e-12)


def test_the_share_within_a_window_is_of_what_the_surrogate_sees():
    x = torch.linspace(-3, 3, 601, dtype=torch.float64).view(1, 1, 601)
    seen = (Phi()(x) - 0.5).abs() <= 0.2
    with torch.no_grad(), measuring():
        ours, endless = lif(x, RMP, Rectangle(width=0.4), Phi()), lif(x, RMP, Atan(alpha=2.0))
    assert ours.potential[2] == seen.double().mean()
    assert seen.double().mean() != ((x - 0.5).abs() <= 0.2).double().mean()
    assert endless.potential.isnan().tolist() == [False, False, True]


@pytest.mark.parametrize(("gradient", "is_measured"), [(False, False), (True, True)])
def test_potentials_are_not_measured_in_a_training_step_or_where_nobody_records(gradient, is_measured):
    with torch.set_grad_enabled(gradient), measuring() if is_measured else nullcontext():
        assert lif(torch.randn(3, 2, 5), RMP, RECTANGLE).potential is None


def test_mpr_with_the_rectangle_is_the_tanh_surrogate():
    grads = []
    for surrogate, phi in ((Rectangle(width=1.0), Phi()), (Tanh(k=3.0), None)):
        x = torch.linspace(-2, 3, 640, dtype=torch.float64).view(5, 1, 128).requires_grad_()
        out = lif(x, RMP, surrogate, phi)
        grads.append(torch.autograd.grad(out.spikes.sum(), x)[0])
    torch.testing.assert_close(*grads, rtol=0, atol=1e-12)


def test_refuses_what_the_equations_do_not_cover():
    with pytest.raises(ValueError, match=r"v_reset=0\.1"):
        replace(RMP, decay_input=True, v_reset=0.1)


def test_refuses_several_steps_that_stand_for_more():
    with pytest.raises(ValueError, match="T=3"):
        lif(torch.zeros(2, 1, 1), RMP, RECTANGLE, T=3)


@pytest.mark.parametrize(("tau", "v_threshold"), [(2.0, 0.5), (4.0, 0.5), (4 / 3, 0.5), (2.0, 1.0), (3.0, 0.5)])
@pytest.mark.parametrize("decay_input", [False, True])
@pytest.mark.parametrize("v_reset", [0.0, None], ids=["hard", "soft"])
def test_spikingjelly_fires_the_same_spikes(tau, v_threshold, decay_input, v_reset):
    """Of all neurons where the leak is exact in binary, elsewhere of those that kept away from the threshold."""
    neuron = pytest.importorskip("spikingjelly.activation_based.neuron")
    torch.manual_seed(1)
    x = torch.randn(8, 4, 1000)
    given = {"decay_input": decay_input, "v_threshold": v_threshold}
    theirs = neuron.LIFNode(tau=tau, v_reset=v_reset, step_mode="m", **given)(x)
    given |= {"reset": "soft" if v_reset is None else "hard", "v_subtract": v_threshold}
    ours = lif(x, replace(RMP, **given, decay=1 - 1 / tau, strict=False), RECTANGLE, return_v_pre=True)
    exact = tau in (2, 4) or (tau == 4 / 3 and not decay_input)
    close = (ours.v_pre - v_threshold).abs().amin(0) < 1e-5
    assert torch.equal(ours.spikes[:, exact | ~close], theirs[:, exact | ~close])
