import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from event_files import HEAD3, blob, lines_run
from event_files import aedat31 as packets

from snnexp.datasets.base import BrokenData
from snnexp.datasets.base.aedat31 import aedat31
from snnexp.datasets.base.events import EVENTS

Write = Callable[[bytes], Path]
Event = tuple[int, int]


def packet(*records: Event, kind: int = 1, overflow: int = 0, slots: bytes = b"", room: int = 0) -> bytes:
    """A packet of (a, t) pairs; `slots` written and `room` not written behind them, both within its capacity."""
    number = len(records)
    head = struct.pack("<hhiiiiii", kind, 1, 8, 4, overflow, number + len(slots) // 8 + room, number, number)
    return head + b"".join(struct.pack("<Ii", *record) for record in records) + slots


def polarity(x: int, y: int, p: int, valid: int = 1) -> int:
    return x << 17 | y << 2 | p << 1 | valid


EVENT = (polarity(1, 1, 1), 5)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def file(data: bytes) -> Path:
        path = tmp_path / "events"
        path.write_bytes(HEAD3 + data)
        return path

    return file


def test_the_specifications_vector_marked_valid(write: Write):
    events = aedat31(write(packet((1310802 | 1, 9)))).events
    assert events.dtype == EVENTS and events.tolist() == [(10, 20, 9, True)]


def test_packets_of_other_events_are_passed(write: Write):
    path = write(packet((7, 1), kind=0) + packet((polarity(3, 5, 0), 2)))
    assert aedat31(path).events.tolist() == [(3, 5, 2, False)]


def test_events_marked_invalid_are_left_out_and_counted(write: Write):
    first = packet((polarity(1, 2, 0, valid=0), 3), EVENT, (polarity(500, 2, 0, valid=0), -7))
    found = aedat31(write(first + packet(EVENT)))
    assert found.events["t"].tolist() == [5, 5] and found.counts == {"invalid": 2}
    places = [len(HEAD3) + 28 + 8, len(HEAD3) + len(first) + 28]
    assert [found.place(index) for index in (0, 1)] == [f"byte {place}" for place in places]


@pytest.mark.parametrize("slots", [bytes(24), struct.pack("<Ii", *EVENT), b"\xff" * 16], ids=["empty", "old", "ones"])
@pytest.mark.parametrize("behind", [b"", packet((polarity(3, 5, 0), 6))], ids=["last", "followed"])
def test_room_for_more_events_may_be_written_or_not(write: Write, slots: bytes, behind: bytes):
    times = [5, 5, 6] if behind else [5, 5]
    assert aedat31(write(packet(EVENT, EVENT, slots=slots) + behind)).events["t"].tolist() == times
    assert aedat31(write(packet(EVENT, EVENT, room=3) + behind)).events["t"].tolist() == times


def test_an_overflow_of_time_goes_on_counting(write: Write):
    path = write(packet((polarity(0, 0, 0), 2**31 - 1)) + packet((polarity(0, 0, 1), 3), overflow=1))
    assert aedat31(path).events["t"].tolist() == [2**31 - 1, 2**31 + 3]


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "byte {0}: no events"),
        (packet((polarity(1, 1, 1, valid=0), 5)), r"byte {36}: no events \(but 1 invalid\)"),
        (packet(EVENT)[:27], "byte {0}: cut short within a packet's header"),
        (packet(EVENT)[:-3], "byte {0}: cut short, 3 bytes"),
        (b"\xff" * 28, "byte {0}: no packet's header"),
        (struct.pack("<hhiiiiii", 1, 1, 8, 4, 0, 1, 2, 2) + bytes(16), "byte {0}: no packet's header"),
        (packet(EVENT, (polarity(128, 0, 0), 6)), r"byte {36}: .*\(128, 0\)"),
        (packet(EVENT, (polarity(1, 0, 0), -6)), "byte {36}: time -6 us is below 0"),
    ],
)
def test_damage_is_told_with_file_and_byte(write: Write, data: bytes, cause: str):
    path = write(data)
    told = cause.replace("{0}", f"{len(HEAD3)}").replace("{36}", f"{len(HEAD3) + 36}")
    with pytest.raises(BrokenData, match=f"^{path}: {told}"):
        aedat31(path)


def test_another_version_is_told(tmp_path: Path):
    path = tmp_path / "events"
    path.write_bytes(b"#!AER-DAT2.0\r\n")
    with pytest.raises(BrokenData, match=r"byte 0: no header of AEDAT 3\.1"):
        aedat31(path)


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_no_cut_passes_in_silence(write: Write, cut: int):
    whole = packet(EVENT, EVENT) + packet(EVENT, EVENT)
    assert len(aedat31(write(whole)).events) == 4
    if cut == len(packet(EVENT, EVENT)):
        return
    with pytest.raises(BrokenData, match="cut short"):
        aedat31(write(whole[:-cut]))


def test_as_many_lines_are_run_for_many_events_as_for_few(tmp_path: Path):
    runs = []
    for n in (400, 40_000):
        events = blob(1, n)
        path = tmp_path / f"{n}"
        path.write_bytes(packets(events, packet=n // 4))
        assert np.array_equal(aedat31(path).events, events)  # first: some lines are run once
        runs.append(lines_run(lambda path=path: aedat31(path)))
    assert runs[0] == runs[1]
