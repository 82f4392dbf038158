"""Cosine annealing by hand."""

import pytest

from snnexp.errors import UserError
from snnexp.schedules.annealing import Annealing


def test_falls_from_one_to_the_floor():
    found = [Annealing(floor=0.2).factor(done, 4.0) for done in (0.0, 2.0, 4.0)]
    assert found == pytest.approx([1, 0.6, 0.2])


@pytest.mark.parametrize("floor", [-0.1, 1.1])
def test_refuses_a_floor_out_of_range(floor):
    with pytest.raises(UserError, match=r"schedule\.floor"):
        Annealing(floor=floor)
