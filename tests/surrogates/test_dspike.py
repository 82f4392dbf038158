"""Dspike is the derivative of its scaled tanh, and the tanh surrogate at a fixed temperature."""

import pytest
import torch

from snnexp.errors import UserError
from snnexp.surrogates.dspike import Dspike
from snnexp.surrogates.tanh import Tanh


@pytest.mark.parametrize(("progress", "b"), [(0.0, 1.0), (0.5, 3.0), (1.0, 5.0)])
def test_is_the_derivative_at_its_temperature(progress: float, b: float):
    surrogate = Dspike(start=1.0, end=5.0)
    surrogate.follow(torch.tensor(progress, dtype=torch.float64))
    z = torch.linspace(-0.499, 0.499, 101, dtype=torch.float64, requires_grad=True)
    scale = torch.tanh(torch.tensor(b / 2, dtype=torch.float64))
    (slope,) = torch.autograd.grad(((torch.tanh(b * z) / scale + 1) / 2).sum(), z)
    torch.testing.assert_close(surrogate(z.detach()), slope)
    torch.testing.assert_close(surrogate(z.detach()), Tanh(k=b)(z.detach()))


def test_is_zero_outside_and_has_an_area_of_one_throughout():
    surrogate, progress = Dspike(start=1.0, end=5.0), torch.tensor(0.0)
    surrogate.follow(progress)
    z = torch.linspace(-1, 1, 20_001)
    for value in (0.0, 0.3, 1.0):
        progress.fill_(value)
        assert torch.trapezoid(surrogate(z), z).item() == pytest.approx(1, abs=1e-3)
        assert not surrogate(z[z.abs() > 0.5]).any()


@pytest.mark.parametrize("end", ["start", "end"])
def test_refuses_no_temperature(end: str):
    with pytest.raises(UserError, match=rf"surrogate\.{end}=0"):
        Dspike(**{"start": 1.0, "end": 5.0} | {end: 0.0})
