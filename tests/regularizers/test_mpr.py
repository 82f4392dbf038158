"""MPR: phi's published values, no changed spike, and its reference quantization errors."""

from dataclasses import replace

import pytest
import torch
from constants import RMP

from snnexp.backbones.layers import LayerFactory
from snnexp.backbones.resnet20 import Resnet20
from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.neurons.lif import Lif
from snnexp.norms.layers import BatchNorm
from snnexp.norms.tdbn import Tdbn
from snnexp.ops.lif import lif
from snnexp.regularizers.mpr import Mpr, Phi
from snnexp.surrogates.base import Surrogate
from snnexp.surrogates.rectangle import Rectangle
from snnexp.surrogates.tanh import Tanh

SITE = Site("inner0", 0, 3, 4, "inner")


def double(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_vectors():
    v = double(-1, -0.5, 0.1, 0.25, 0.4, 0.6, 0.75, 0.9, 1.5, 2)
    phi = double(-0.259921, -0.144714, 0.039493, 0.149146, 0.339080, 0.660920, 0.850854, 0.960507, 1.144714, 1.259921)
    torch.testing.assert_close(Phi()(v), phi, rtol=0, atol=5e-7)


def test_fixed_points_and_slopes():
    torch.testing.assert_close(Phi()(double(0, 0.5, 1)), double(0, 0.5, 1))
    torch.testing.assert_close(Phi().derivative(double(0.5, 0, 1)), double(1.6572, 0.2995, 0.2995), rtol=0, atol=5e-5)
    assert Phi().derivative(double(-0.01, 1.01)).tolist() == [0, 0]


def test_derivative_is_that_of_phi():
    v = torch.linspace(0.001, 0.999, 99, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(Phi()(v).sum(), v)
    torch.testing.assert_close(Phi().derivative(v.detach()), slope)


@pytest.mark.parametrize("reset", ["hard", "soft"])
def test_changes_no_spike_and_no_gradient_but_tanh_would(reset):
    torch.manual_seed(0)
    x = torch.randn(5, 2, 3000, requires_grad=True)
    constants = replace(RMP, reset=reset)
    plain = lif(x, constants, Rectangle(width=1.0))
    rectified = lif(x, constants, Rectangle(width=1.0), Phi())
    tanh = lif(x, constants, Tanh(k=3.0))
    assert torch.equal(plain.spikes, rectified.spikes)
    g = torch.randn_like(x)
    with_mpr, with_tanh = (torch.autograd.grad(out.spikes, x, g)[0] for out in (rectified, tanh))
    torch.testing.assert_close(with_mpr, with_tanh, rtol=0, atol=1e-6 * with_tanh.abs().max().item())


def network(surrogate: Surrogate, rectifier: Phi | None, reset: str) -> Resnet20:
    layers = LayerFactory(3, lambda site: Lif(site, surrogate, rectifier, **vars(RMP) | {"reset": reset}))
    layers.make_norm = lambda site: Tdbn(site, momentum=0.1, eps=1e-5, running=True)
    made = Resnet20(layers, 3, 10, width=4).double()
    made.initialize(1)
    for module in made.modules():
        if isinstance(module, BatchNorm):
            module.momentum = 1.0  # else the deep layers are silent in evaluation
    return made


@pytest.mark.parametrize("reset", ["hard", "soft"])
def test_a_network_spikes_as_without_it_and_learns_as_with_tanh(reset):
    torch.manual_seed(0)
    x, y = torch.randn(6, 3, 16, 16, dtype=torch.float64), torch.arange(6)
    logits, gradients = [], []
    for choice in ((Rectangle(width=1.0), None), (Rectangle(width=1.0), Phi()), (Tanh(k=3.0), None)):
        made = network(*choice, reset)
        trained = made(x)
        torch.nn.functional.cross_entropy(trained, y).backward()
        gradients.append(torch.cat([p.grad.flatten() for p in made.parameters()]))
        logits.append(torch.cat([trained, made.eval()(x)]))
    assert torch.equal(logits[0], logits[1]) and logits[0][6:].abs().max() > 0
    plain, mpr, tanh = gradients
    torch.testing.assert_close(mpr, tanh, rtol=0, atol=1e-6 * tanh.abs().max().item())
    assert (mpr - plain).abs().max() > 0.01 * plain.abs().max()


def test_phi_itself_has_a_finite_gradient():
    v = torch.linspace(-10, 10, 2001, requires_grad=True)
    assert torch.autograd.grad(Phi()(v).sum(), v)[0].isfinite().all()


def test_no_gradient_is_nan_or_infinite():
    x = torch.linspace(-10, 10, 2001).view(1, 1, -1).requires_grad_()
    out = lif(x, RMP, Rectangle(width=1.0), Phi())
    (dx,) = torch.autograd.grad(out.spikes.sum() + out.quantization_error, x)
    assert dx.isfinite().all() and out.quantization_error_rectified.isfinite()


@pytest.mark.parametrize(
    ("mean", "std", "before", "after"),
    [(0, 0.5, 0.1667, 0.0365), (0, 1, 0.6044, 0.0533), (0.25, 0.5, 0.1147, 0.0432), (0.5, 0.5, 0.1011, 0.0465),
     (0.5, 1, 0.4521, 0.0479)],
)  # fmt: skip
def test_quantization_error_of_gaussian_potentials(mean, std, before, after):
    quantiles = (torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000
    x = mean + std * torch.special.ndtri(quantiles).view(1, 1, -1)
    out = lif(x, RMP, Rectangle(width=1.0), Phi())
    assert abs(out.quantization_error.item() - before) < 1e-4
    assert abs(out.quantization_error_rectified.item() - after) < 1e-4


@pytest.mark.parametrize(
    ("surrogate", "constants", "words"),
    [(Rectangle(width=1.0), {"v_threshold": 1.0}, r"v_threshold=1\.0"), (Tanh(k=3.0), {}, "surrogate=Tanh"),
     (Rectangle(width=0.5), {}, "surrogate=Rectangle")],
)  # fmt: skip
def test_refuses_other_neurons(surrogate, constants, words):
    with pytest.raises(UserError, match=words):
        Mpr().check(Lif(SITE, surrogate, **vars(RMP) | constants))
