"""Histograms of the potential by hand."""

import pytest
import torch

from snnexp.metrics.potentials import Potentials, histogram
from snnexp.neurons.base import Record, Site


def record(v_pre: torch.Tensor) -> Record:
    zero = torch.tensor(0.0)
    return Record(Site("a", 0, v_pre.shape[2], v_pre.shape[0], "inner"), zero, zero, None, 1, v_pre=v_pre)


def test_bins_by_hand():
    values = torch.tensor([-3.5, -3.0, -2.95, 0.0, 0.03, 2.99, 3.0, 40.0])
    counts = histogram(values.view(1, -1, 1))
    assert counts.shape == (1, 102)
    assert {i: n for i, n in enumerate(counts[0].tolist()) if n} == {0: 1, 1: 2, 51: 2, 100: 1, 101: 2}


@pytest.mark.parametrize("space", [(), (4, 5)], ids=["flat", "in space"])
def test_channels_stay_apart_and_batches_add_up(space):
    v_pre = torch.randn(2, 6, 3, *space)
    potentials = Potentials()
    for batch in v_pre.split(4, dim=1):
        potentials.add([record(batch)])
    for channel in range(3):
        expected = torch.histc(v_pre[:, :, channel], 100, -3, 3) / v_pre[:, :, channel].numel() / 0.06
        torch.testing.assert_close(potentials.density("a", channel), expected.double(), rtol=1e-4, atol=1e-6)
    whole = potentials.density("a")
    torch.testing.assert_close(whole, sum(potentials.density("a", c) for c in range(3)) / 3)


def test_what_lies_beyond_lowers_the_density():
    potentials = Potentials()
    potentials.add([record(torch.tensor([-9.0, 0.0, 0.0, 9.0]).view(1, 4, 1))])
    assert potentials.density("a").sum().item() * 0.06 == pytest.approx(0.5)


def test_currents_are_counted_apart():
    each = record(torch.zeros(2, 3, 1))._replace(x=torch.ones(1, 3, 1))
    potentials, currents = Potentials(), Potentials("x")
    for kept in (potentials, currents):
        kept.add([each])
    assert [kept.counts["a"].nonzero().tolist() for kept in (potentials, currents)] == [[[0, 51]], [[0, 67]]]
    assert [kept.counts["a"].sum().item() for kept in (potentials, currents)] == [6, 3]
