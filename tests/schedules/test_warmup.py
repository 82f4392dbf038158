"""A linear warm-up, then what stands behind it over what is left."""

import pytest

from snnexp.errors import UserError
from snnexp.schedules.annealing import Annealing
from snnexp.schedules.warmup import Warmup

AFTER = Annealing(floor=0.0)


def test_by_hand():
    warmup = Warmup(length=2.0, start=0.1, after=AFTER)
    found = [warmup.factor(done, 6.0) for done in (0.0, 1.0, 2.0, 4.0, 6.0)]
    assert found == pytest.approx([0.1, 0.55, 1, 0.5, 0])


def test_a_training_shorter_than_its_warmup():
    assert Warmup(length=2.0, start=0.0, after=AFTER).factor(1.0, 1.0) == 0.5


def test_a_training_that_ends_with_its_warmup():
    assert Warmup(length=1.0, start=0.0, after=AFTER).factor(1.0, 1.0) == 1


@pytest.mark.parametrize("change", [{"length": 0.0}, {"start": -0.1}])
def test_refuses_values_out_of_range(change):
    with pytest.raises(UserError, match=f"schedule.{next(iter(change))}"):
        Warmup(**{"length": 1.0, "start": 0.0, "after": AFTER} | change)
