"""The fractional-order neuron has the impedance that its equation gives."""

import math
import runpy
import sys
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).parents[1] / "scripts/impedance"
DEFINED = runpy.run_path(str(SCRIPT))
continuous, discrete, frequencies, measured, slope = (
    DEFINED[name] for name in ("continuous", "discrete", "frequencies", "measured", "slope")
)
OMEGA = frequencies([2, 5, 20, 100, 500, 1400])


@pytest.mark.parametrize(("order", "tolerance"), [(0.3, 2e-3), (0.5, 2e-3), (0.8, 2e-3), (1.0, 1e-12)])
def test_sinusoids_through_the_neuron_give_the_formula(order: float, tolerance: float):
    z = measured(order, 2.0, OMEGA)
    late = torch.exp(-1j * OMEGA)
    expected = 1 / (2.0 * (1 - late) ** order + late)
    assert ((z - expected) / expected).abs().max() < tolerance


@pytest.mark.parametrize("order", [0.3, 0.5, 0.8, 1.0])
def test_tends_to_the_continuous_one_as_the_frequency_falls(order: float):
    omega = torch.logspace(0, -8, 9, dtype=torch.float64)
    limit = 1 / (1 + 2.0 * (1j * omega) ** order)
    torch.testing.assert_close(continuous(order, 2.0, omega), limit)
    far = ((discrete(order, 2.0, omega) - limit) / limit).abs()
    assert (far.diff() < 0).all() and far[-1] < 1e-6


@pytest.mark.parametrize("order", [0.5, *(pytest.param(order, marks=pytest.mark.slow) for order in (0.3, 0.8, 1.0))])
def test_far_above_the_corner_the_slope_measured_tells_the_order(order: float):
    torch.testing.assert_close(slope(measured(order, 1000.0, frequencies([20, 30]))).item(), order, atol=0.03, rtol=0)


@pytest.mark.parametrize("order", [0.3, 0.5, 0.8, 1.0])
def test_farther_above_it_the_slope_of_the_formula_is_the_order(order: float):
    omega = torch.tensor([1e-4, 2e-4], dtype=torch.float64)
    torch.testing.assert_close(slope(discrete(order, 1e9, omega)).item(), order, atol=1e-3, rtol=0)


def test_an_angle_of_45_degrees_is_order_one_half():
    torch.testing.assert_close(slope(torch.tensor([2 - 2j, 1 - 1j], dtype=torch.complex128)).item(), 0.5)
    assert math.isclose(frequencies([3]).item(), 2 * math.pi * 3 / 3000)


@pytest.mark.slow
def test_the_script_draws_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    out = tmp_path / "impedance.png"
    monkeypatch.setattr(sys, "argv", ["impedance", str(out)])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    assert out.read_bytes().startswith(b"\x89PNG")
