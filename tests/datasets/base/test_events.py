from pathlib import Path

import numpy as np
import pytest

from snnexp.datasets.base import BrokenData
from snnexp.datasets.base.events import Decoded, checked, event_array, from_columns, from_zero


def test_time_can_be_counted_from_the_first_event():
    events = event_array(*(np.array([1, 2]) for _ in "xy"), np.array([7, 9]), np.array([0, 1]))
    assert from_zero(events)["t"].tolist() == [0, 2] and events["t"].tolist() == [7, 9]


def test_coordinates_too_large_for_the_type_are_off_the_sensor(tmp_path: Path):
    events = event_array(np.array([65536]), np.array([-40000]), np.array([0]), np.array([0]))
    with pytest.raises(BrokenData, match=r"byte 0: .*off the"):
        checked(Decoded(tmp_path, events, events["t"], lambda index: f"byte {index}"), (128, 128), "byte 8")


@pytest.mark.parametrize("off", [0, -1])
def test_polarity_is_one_or_one_other_number_all_through(tmp_path: Path, off: int):
    column = np.array([1, 2, 3])
    decoded = from_columns(tmp_path, column, column, column, np.array([1, off, 1]), (9, 9), "row", first=1)
    assert decoded.events["p"].tolist() == [True, False, True] and decoded.events["t"].tolist() == [1, 2, 3]
    assert decoded.place(2) == "row 3"
    with pytest.raises(BrokenData, match=rf"{tmp_path}: row 3: polarity 3 is neither 1 nor {off}"):
        from_columns(tmp_path, column, column, column, np.array([1, off, 3]), (9, 9), "row", first=1)
