import math

import pytest
import torch

from snnexp.training.nonfinite import Watch

NAMES = ["the data", "the potential of layer a", "the loss"]


def watch(goes_on: bool = False) -> Watch:
    made = Watch(torch.device("cpu"), goes_on)
    made.name(NAMES)
    return made


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", range(3))
def test_names_the_first_step_and_the_first_place(value, place):
    watched = watch()
    watched.begin(4)
    assert not watched.look(torch.ones(3)) and watched.found() is None
    values = torch.ones(3)
    values[place] = value
    assert watched.look(values)
    watched.look(torch.full((3,), math.nan))
    found = watched.found()
    assert found == f"step 6: {NAMES[place]} is not finite"


def test_what_follows_is_left_out_too_unless_it_goes_on():
    bad, good = torch.tensor([1.0, math.nan, math.nan]), torch.ones(3)
    stops, goes = watch(), watch(goes_on=True)
    assert [bool(stops.look(values)) for values in (good, bad, good)] == [False, True, True]
    assert [bool(goes.look(values)) for values in (good, bad, good, bad)] == [False, True, False, True]
    assert goes.count == 2
    assert goes.found() == "step 2: the potential of layer a is not finite, nor 1 more of the checked values"


def test_begins_anew():
    watched = watch()
    watched.look(torch.full((3,), math.nan))
    watched.begin(0)
    assert watched.found() is None and watched.count == 0 and not watched.look(torch.ones(3))
