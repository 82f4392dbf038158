"""Potentials have the scale that the factor says."""

import pytest
import torch
from constants import RMP

from snnexp.backbones.layers import LayerFactory
from snnexp.errors import UserError
from snnexp.neurons.base import recording
from snnexp.neurons.lif import Lif
from snnexp.norms.base import NormSite
from snnexp.norms.scaled_bn import ScaledBn
from snnexp.surrogates.rectangle import Rectangle

GIVEN = {"momentum": 0.1, "eps": 1e-5, "running": True}


@pytest.mark.parametrize("place", ["stem", "inner", "summand", "shortcut"])
def test_is_batch_norm_times_the_factor_at_each_place(place: str):
    norm, plain = (ScaledBn(NormSite(5, 4, place, 0.4), factor=factor, **GIVEN) for factor in (0.8, 1.0))
    x = 3 * torch.randn(4, 8, 5, 6, 6) + 1
    torch.testing.assert_close(norm(x), 0.8 * plain(x))


def test_it_matches_the_standard_deviation_of_potentials():
    x, found = torch.randn(1, 64, 3, 8, 8), {}
    silent = vars(RMP) | {"v_threshold": 100.0}  # nothing fires, so that v_pre is as the current is
    for factor in (0.5, 1.0):
        layers = LayerFactory(
            2,
            lambda site: Lif(site, Rectangle(width=1.0), **silent),
            make_norm=lambda site, factor=factor: ScaledBn(site, factor=factor, **GIVEN),
        )
        with torch.no_grad(), recording() as records:
            layers.norm_spike(3, role="inner")(x)
        mean, square, _ = records[0].potential.tolist()
        found[factor] = (square - mean**2) ** 0.5
    assert found[0.5] / found[1.0] == pytest.approx(0.5, rel=1e-4)


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan")])
def test_refuses_no_factor(factor: float):
    with pytest.raises(UserError, match=f"norm.factor={factor}"):
        ScaledBn(NormSite(5, 4, "inner", 0.4), factor=factor, **GIVEN)
