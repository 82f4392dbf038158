from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snnexp.datasets.base import BrokenData
from snnexp.datasets.base.events import Decoded, event_array
from snnexp.datasets.base.order import LIMIT, NOTES, in_order, notes
from snnexp.errors import UserError


def decoded(*t: int) -> Decoded:
    """Events at these times whose x is their place in the file."""
    x = np.arange(len(t))
    events = event_array(x, x, np.array(t), x % 2)
    return Decoded(Path("file"), events, events["t"], lambda index: f"byte {8 * index}", {"off": 3})


def test_small_steps_back_are_sorted_and_counted():
    events, counts = in_order(decoded(5, 9, 7, 7, 8, 9), "sort")
    assert events["t"].tolist() == [5, 7, 7, 8, 9, 9] and events["x"].tolist() == [0, 2, 3, 4, 1, 5]
    assert counts == {"sorted": 3, "off": 3}


def test_events_in_order_stay_as_they_are():
    found = decoded(5, 5, 9)
    events, counts = in_order(found, "refuse")
    assert events is found.events and counts["sorted"] == 0


def test_the_limit_counts_from_the_latest_time_before():
    assert in_order(decoded(LIMIT, LIMIT // 2, 0), "sort")[1]["sorted"] == 2
    with pytest.raises(BrokenData, match=rf"^file: byte 16: time goes back from {LIMIT + 1} to 0 us$"):
        in_order(decoded(LIMIT + 1, LIMIT // 2, 0), "sort")


def test_a_small_step_is_refused_on_request_with_the_key_that_sorts():
    with pytest.raises(
        UserError, match=r"^file: byte 8: time goes back from 9 to 8 us; .*dataset\.unordered=sort"
    ) as e:
        in_order(decoded(9, 8), "refuse")
    assert not isinstance(e.value, BrokenData)  # fetching the set again would not help


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=20))
def test_no_event_is_lost_or_changed(t: list[int]):
    events, counts = in_order(decoded(*t), "sort")
    assert (np.diff(events["t"]) >= 0).all() and sorted(events["x"]) == list(range(len(t)))
    assert all(t[x] == when for x, when in zip(events["x"], events["t"], strict=True))
    assert counts["sorted"] == sum(max(t[: i + 1]) > t[i] for i in range(len(t)))


def test_only_what_was_met_is_told():
    assert notes({}) == [] and notes({"sorted": 2, "off": 0}) == [f"2 {NOTES['sorted']}"]
