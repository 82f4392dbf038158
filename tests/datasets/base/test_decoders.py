import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from snnexp.datasets.base import BrokenData
from snnexp.datasets.base.decoders import aedat2_davis, aedat2_dvs128, aedat31, forty_bit
from snnexp.datasets.base.events import EVENTS

HEAD2 = b"#!AER-DAT2.0\r\n# recorded by nobody\r\n#End Of ASCII Header\r\n"
HEAD3 = b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#Start-Time: now\r\n#!END-HEADER\r\n"
Write = Callable[[bytes], Path]


def packed40(*events: tuple[int, int, int, int]) -> bytes:
    return b"".join(bytes([x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255]) for x, y, t, p in events)


def bin40(path: Path) -> np.ndarray:
    return forty_bit(path, (34, 34))


def pairs2(*records: tuple[int, int]) -> bytes:
    return b"".join(struct.pack(">II", *record) for record in records)


def packet(*records: tuple[int, int], kind: int = 1, overflow: int = 0) -> bytes:
    """One AEDAT 3.1 packet of (a, t) pairs."""
    head = struct.pack("<hhiiiiii", kind, 1, 8, 4, overflow, len(records), len(records), len(records))
    return head + b"".join(struct.pack("<II", *record) for record in records)


def davis(x: int, y: int, p: int) -> int:
    return y << 22 | (127 - x) << 12 | (1 - p) << 11


def polarity(x: int, y: int, p: int) -> int:
    return x << 17 | y << 2 | p << 1 | 1


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def file(data: bytes) -> Path:
        path = tmp_path / "events"
        path.write_bytes(data)
        return path

    return file


def test_the_specifications_vectors(write: Write):
    assert forty_bit(write(bytes([5, 7, 129, 2, 3])), (34, 34)).tolist() == [(5, 7, 66051, True)]
    assert aedat2_dvs128(write(HEAD2 + pairs2((1031, 9)))).tolist() == [(127 - 3, 4, 9, True)]
    assert aedat2_davis(write(HEAD2 + pairs2((209825792, 9))))[0].tolist() == [(100, 50, 9, True)]
    assert aedat31(write(HEAD3 + packet((1310802, 9)))).tolist() == [(10, 20, 9, True)]


def test_arrays_have_the_projects_types(write: Write):
    events = aedat31(write(HEAD3 + packet((1310802, 9))))
    assert events.dtype == EVENTS
    assert [events.dtype[name] for name in "xytp"] == [np.int16, np.int16, np.int64, np.bool_]


@pytest.mark.parametrize(
    "lines", [b"", b"#other line\r\n", "#Gerät, 事件\r\n".encode()], ids=["one", "two", "any text"]
)
def test_headers_of_any_length_are_passed(write: Write, lines: bytes):
    path = write(b"#!AER-DAT2.0\r\n" + lines + pairs2((1031, 1), (1031, 2)))
    assert aedat2_dvs128(path)["t"].tolist() == [1, 2]


def test_an_event_that_begins_like_a_header_line_is_an_event(write: Write):
    address = 140 << 22 | (345 - 3) << 12
    assert address >> 24 == ord("#")
    path = write(b"#!AER-DAT2.0\r\n" + pairs2((address, 10)))
    assert aedat2_davis(path, limits=(260, 346))[0].tolist() == [(3, 140, 10, True)]


def test_records_of_no_pixel_are_passed(write: Write):
    dvs = pairs2((0x8000, 1), (1031, 2))
    assert aedat2_dvs128(write(HEAD2 + dvs))["t"].tolist() == [2]
    frames = pairs2((1 << 31 | davis(1, 1, 0), 1), (davis(3, 5, 0), 2))
    assert aedat2_davis(write(HEAD2 + frames))[0].tolist() == [(3, 5, 2, False)]
    special = packet((7, 1), kind=0) + packet((polarity(3, 5, 0), 2))
    assert aedat31(write(HEAD3 + special)).tolist() == [(3, 5, 2, False)]


def test_davis_events_off_the_limits_are_left_out_as_specified(write: Write):
    path = write(HEAD2 + pairs2((davis(127, 127, 1), 1), (davis(-1, 0, 1), 2), (davis(0, 128, 1), 3)))
    events, off = aedat2_davis(path)
    assert events.tolist() == [(127, 127, 1, True)] and off == 2


def test_an_overflow_of_time_goes_on_counting(write: Write):
    path = write(HEAD3 + packet((polarity(0, 0, 0), 2**31 - 1)) + packet((polarity(0, 0, 1), 3), overflow=1))
    assert aedat31(path)["t"].tolist() == [2**31 - 1, 2**31 + 3]


EVENT = (polarity(1, 1, 1), 5)
TWO_PACKETS = HEAD3 + packet(EVENT, EVENT) + packet(EVENT, (polarity(2, 2, 0), 4))


@pytest.mark.parametrize(
    ("decode", "data", "cause"),
    [
        (bin40, b"", "byte 0: no events"),
        (bin40, packed40((1, 1, 1, 1))[:4], "byte 0: cut short, 4 bytes"),
        (bin40, packed40((1, 1, 1, 1), (34, 1, 2, 1)), r"byte 5: .*\(34, 1\).*34 x 34"),
        (bin40, packed40((1, 1, 9, 1), (1, 1, 8, 1)), "byte 5: .*from 9 to 8 us"),
        (aedat2_dvs128, b"", "byte 0: no header of AEDAT 2.0"),
        (aedat2_dvs128, b"garbage\r\n" * 9, "byte 0: no header of AEDAT 2.0, 81 bytes"),
        (aedat2_dvs128, HEAD2, f"byte {len(HEAD2)}: no events"),
        (aedat2_dvs128, HEAD2 + pairs2((1031, 1))[:-1], f"byte {len(HEAD2)}: cut short, 7 bytes"),
        (aedat2_dvs128, HEAD2 + pairs2((1031, 1), (1 << 16, 2)), rf"byte {len(HEAD2) + 8}: address 0x10000"),
        (aedat2_dvs128, HEAD2 + pairs2((0x8000, 0), (1031, 2), (1031, 1)), f"byte {len(HEAD2) + 16}: .*from 2 to 1"),
        (aedat2_davis, HEAD2 + pairs2((davis(0, 128, 1), 3)), f"byte {len(HEAD2) + 8}: no events"),
        (aedat2_davis, HEAD2 + pairs2((davis(0, 1, 1), 3), (davis(0, 1, 1), 2)), f"byte {len(HEAD2) + 8}: time goes"),
        (aedat31, HEAD2, "byte 0: no header of AEDAT 3.1"),
        (aedat31, HEAD3, f"byte {len(HEAD3)}: no events"),
        (aedat31, HEAD3 + packet(EVENT)[:27], f"byte {len(HEAD3)}: cut short within a packet's header"),
        (aedat31, HEAD3 + packet(EVENT)[:-3], f"byte {len(HEAD3)}: cut short, 3 bytes"),
        (aedat31, HEAD3 + b"\xff" * 28, f"byte {len(HEAD3)}: no packet's header"),
        (aedat31, HEAD3 + packet(EVENT, (polarity(128, 0, 0), 6)), rf"byte {len(HEAD3) + 36}: .*\(128, 0\)"),
        (aedat31, TWO_PACKETS, f"byte {len(TWO_PACKETS) - 8}: time goes back from 5 to 4"),
    ],
)  # fmt: skip
def test_damage_is_told_with_file_and_byte(write: Write, decode, data: bytes, cause: str):
    path = write(data)
    with pytest.raises(BrokenData, match=f"^{path}: {cause}"):
        decode(path)


@pytest.mark.parametrize("cut", range(1, len(TWO_PACKETS) - len(HEAD3) - 16, 7))
def test_no_cut_passes_in_silence(write: Write, cut: int):
    whole = HEAD3 + packet(EVENT, EVENT) + packet(EVENT, EVENT)
    assert len(aedat31(write(whole))) == 4
    if len(whole) - cut == len(HEAD3 + packet(EVENT, EVENT)):
        return
    with pytest.raises(BrokenData, match="cut short"):
        aedat31(write(whole[:-cut]))


def lines_run(call: Callable[[], object]) -> int:
    """How many lines of Python a call runs."""
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def large(decode: Callable[[Path], np.ndarray], n: int) -> tuple[dict[str, np.ndarray], bytes]:
    """Columns of n random events, and a file of them; 3.1 has them in four packets."""
    t, rng = np.arange(n), np.random.default_rng(0)
    x, y, p = (rng.integers(0, high, n) for high in (34, 34, 2))
    columns = {"x": x, "y": y, "t": t, "p": p}
    if decode is bin40:
        rows = [x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255]
        return columns, np.stack(rows, 1).astype(np.uint8).tobytes()
    if decode is aedat31:
        records = np.stack([x << 17 | y << 2 | p << 1 | 1, t], 1).astype("<u4").reshape(4, -1, 2)
        head = struct.pack("<hhiiiiii", 1, 1, 8, 4, 0, n // 4, n // 4, n // 4)
        return columns, HEAD3 + b"".join(head + part.tobytes() for part in records)
    address = y << 8 | (127 - x) << 1 | p if decode is aedat2_dvs128 else y << 22 | (127 - x) << 12 | (1 - p) << 11
    return columns, HEAD2 + np.stack([address, t], 1).astype(">u4").tobytes()


@pytest.mark.parametrize("decode", [bin40, aedat2_dvs128, aedat2_davis, aedat31])
def test_as_many_lines_are_run_for_many_events_as_for_few(write: Write, decode):
    runs = []
    for n in (400, 40_000):
        columns, data = large(decode, n)
        path = write(data)
        runs.append(lines_run(lambda path=path: decode(path)))
        decoded = decode(path)
        events = decoded[0] if decode is aedat2_davis else decoded
        for name, column in columns.items():
            assert np.array_equal(events[name], column)
    assert runs[0] == runs[1]
