from pathlib import Path

import numpy as np
import pytest
import tonic
from event_files import bin40, blob, lines_run
from hypothesis import given
from hypothesis import strategies as st

from snnexp.datasets.base import BrokenData
from snnexp.datasets.base.events import EVENTS, Decoded
from snnexp.datasets.base.forty_bit import forty_bit

Row = tuple[int, int, int, int]


def packed(*events: Row) -> bytes:
    return b"".join(bytes([x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255]) for x, y, t, p in events)


def read(tmp_path: Path, data: bytes) -> Decoded:
    path = tmp_path / "events"
    path.write_bytes(data)
    return forty_bit(path, (34, 34))


def test_the_specifications_vector(tmp_path: Path):
    events = read(tmp_path, bytes([5, 7, 129, 2, 3])).events
    assert events.dtype == EVENTS and events.tolist() == [(5, 7, 66051, True)]


def test_an_overflow_marker_is_no_event_and_moves_what_follows_by_2_to_the_13(tmp_path: Path):
    marker = (200, 240, 5, 1)
    decoded = read(tmp_path, packed((1, 2, 8000, 1), marker, (3, 4, 10, 0), marker, marker, (5, 6, 0, 1)))
    assert decoded.events.tolist() == [(1, 2, 8000, True), (3, 4, 8202, False), (5, 6, 24576, True)]
    assert decoded.counts == {"overflows": 3} and decoded.place(2) == "byte 25"


def test_on_a_sensor_of_more_rows_240_is_a_row(tmp_path: Path):
    path = tmp_path / "events"
    path.write_bytes(packed((1, 240, 7, 1)))
    assert forty_bit(path, (260, 346)).events.tolist() == [(1, 240, 7, True)]


rows = st.tuples(st.integers(0, 33), st.integers(0, 33) | st.just(240), st.integers(0, 2**23 - 1), st.integers(0, 1))


@given(st.lists(rows, min_size=1, max_size=9))
def test_whatever_a_file_holds_it_is_tonics(tmp_path_factory: pytest.TempPathFactory, events: list[Row]):
    path = tmp_path_factory.getbasetemp() / "events.bin"
    path.write_bytes(packed(*events))
    theirs = tonic.io.read_mnist_file(str(path), dtype=EVENTS)
    if len(theirs) == 0:
        with pytest.raises(BrokenData, match="no events \\(but"):
            forty_bit(path, (34, 34))
    else:
        assert np.array_equal(forty_bit(path, (34, 34)).events, theirs)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "byte 0: no events"),
        (packed((1, 240, 1, 1)), r"byte 5: no events \(but 1 overflows\)"),
        (packed((1, 1, 1, 1))[:4], "byte 0: cut short, 4 bytes"),
        (packed((1, 1, 1, 1), (34, 1, 2, 1)), r"byte 5: .*\(34, 1\).*34 x 34"),
        (packed((1, 240, 1, 1), (1, 34, 2, 1)), r"byte 5: .*\(1, 34\).*34 x 34"),
    ],
)
def test_damage_is_told_with_file_and_byte(tmp_path: Path, data: bytes, cause: str):
    with pytest.raises(BrokenData, match=f"^{tmp_path / 'events'}: {cause}"):
        read(tmp_path, data)


def test_as_many_lines_are_run_for_many_events_as_for_few(tmp_path: Path):
    runs = []
    for n in (400, 40_000):
        events = blob(1, n, sensor=(34, 34))
        path = tmp_path / f"{n}"
        path.write_bytes(bin40(events))
        assert np.array_equal(forty_bit(path, (34, 34)).events, events)  # first: some lines are run once
        runs.append(lines_run(lambda path=path: forty_bit(path, (34, 34))))
    assert runs[0] == runs[1]
