import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from event_files import HEAD2, aedat2, blob, lines_run

from snnexp.datasets.base import BrokenData
from snnexp.datasets.base.aedat2 import aedat2_davis, aedat2_dvs128
from snnexp.datasets.base.events import EVENTS

Write = Callable[[bytes], Path]
READ = {"dvs128": aedat2_dvs128, "davis": aedat2_davis}


def pairs(*records: tuple[int, int]) -> bytes:
    return b"".join(struct.pack(">Ii", *record) for record in records)


def davis(x: int, y: int, p: int) -> int:
    return y << 22 | (127 - x) << 12 | (1 - p) << 11


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def file(data: bytes) -> Path:
        path = tmp_path / "events"
        path.write_bytes(data)
        return path

    return file


def test_the_specifications_vectors(write: Write):
    events = aedat2_dvs128(write(HEAD2 + pairs((1031, 9)))).events
    assert events.dtype == EVENTS and events.tolist() == [(127 - 3, 4, 9, True)]
    assert aedat2_davis(write(HEAD2 + pairs((209825792, 9)))).events.tolist() == [(100, 50, 9, True)]


@pytest.mark.parametrize(
    "lines", [b"", b"#other line\r\n", "#Gerät, 事件\r\n".encode()], ids=["one", "two", "any text"]
)
@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_headers_of_any_length_and_both_versions_are_passed(write: Write, lines: bytes, version: str):
    path = write(f"#!AER-DAT{version}\r\n".encode() + lines + pairs((1031, 1), (1031, 2)))
    assert aedat2_dvs128(path).events["t"].tolist() == [1, 2]


def test_an_event_that_begins_like_a_header_line_is_an_event(write: Write):
    address = 140 << 22 | (345 - 3) << 12
    assert address >> 24 == ord("#")
    path = write(b"#!AER-DAT2.0\r\n" + pairs((address, 10)))
    assert aedat2_davis(path, limits=(260, 346)).events.tolist() == [(3, 140, 10, True)]


def test_what_is_no_pixels_event_is_left_out_and_counted(write: Write):
    dvs = aedat2_dvs128(write(HEAD2 + pairs((0x8000, 1), (1031, 2))))
    assert dvs.events["t"].tolist() == [2] and dvs.counts == {"external": 1}
    assert dvs.place(0) == f"byte {len(HEAD2) + 8}"
    picture, external = 1 << 31 | davis(1, 1, 0), 1 << 10 | davis(127, 0, 1)
    found = aedat2_davis(write(HEAD2 + pairs((picture, 1), (external, 2), (davis(3, 5, 0), 3))))
    assert found.events.tolist() == [(3, 5, 3, False)] and found.counts == {"samples": 1, "external": 1, "off": 0}


def test_davis_events_off_the_limits_are_left_out_as_specified(write: Write):
    path = write(HEAD2 + pairs((davis(127, 127, 1), 1), (davis(-1, 0, 1), 2), (davis(0, 128, 1), 3)))
    assert aedat2_davis(path).events.tolist() == [(127, 127, 1, True)] and aedat2_davis(path).counts["off"] == 2


@pytest.mark.parametrize("layout", READ)
@pytest.mark.parametrize("start", [-5, -(2**31), 2**31 - 5, 0], ids=["below zero", "least", "signed wrap", "zero"])
def test_a_signed_clock_starts_below_zero_and_goes_on_behind_its_last_number(write: Write, layout: str, start: int):
    address = {"dvs128": 1031, "davis": davis(3, 5, 0)}[layout]
    steps = [0, 3, 9, 2**31 + 7, 2**32 + 2]
    times = [(start + step + 2**31) % 2**32 - 2**31 for step in steps]
    assert READ[layout](write(HEAD2 + pairs(*((address, t) for t in times)))).events["t"].tolist() == [
        start + step for step in steps
    ]


def test_times_of_what_is_no_event_do_not_move_the_clock(write: Write):
    records = ((1031, 100), (0x8000, -(2**31) + 50), (1031, 101))
    assert aedat2_dvs128(write(HEAD2 + pairs(*records))).events["t"].tolist() == [100, 101]


@pytest.mark.parametrize(
    ("decode", "data", "cause"),
    [
        (aedat2_dvs128, b"", "byte 0: no header of AEDAT 2.0 or 2.1"),
        (aedat2_dvs128, b"garbage\r\n" * 9, "byte 0: no header of AEDAT 2.0 or 2.1, 81 bytes"),
        (aedat2_dvs128, HEAD2, f"byte {len(HEAD2)}: no events"),
        (aedat2_dvs128, HEAD2 + pairs((0x8000, 1)), rf"byte {len(HEAD2) + 8}: no events \(but 1 external\)"),
        (aedat2_dvs128, HEAD2 + pairs((1031, 1))[:-1], f"byte {len(HEAD2)}: cut short, 7 bytes"),
        (aedat2_dvs128, HEAD2 + pairs((1031, 1), (1 << 16, 2)), rf"byte {len(HEAD2) + 8}: address 0x10000"),
        (aedat2_davis, HEAD2 + pairs((davis(0, 128, 1), 3)), f"byte {len(HEAD2) + 8}: no events"),
    ],
)
def test_damage_is_told_with_file_and_byte(write: Write, decode, data: bytes, cause: str):
    path = write(data)
    with pytest.raises(BrokenData, match=f"^{path}: {cause}"):
        decode(path)


@pytest.mark.parametrize("layout", READ)
def test_as_many_lines_are_run_for_many_events_as_for_few(write: Write, layout: str):
    runs = []
    for n in (400, 40_000):
        events = blob(1, n)
        path = write(aedat2(events, layout))
        assert np.array_equal(READ[layout](path).events, events)  # first: some lines are run once
        runs.append(lines_run(lambda path=path: READ[layout](path)))
    assert runs[0] == runs[1]
