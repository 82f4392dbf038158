import struct
from pathlib import Path

import numpy as np
import pytest
from event_files import MAGIC4, STREAM, aedat4, blob, same

from snnexp.datasets.base import BrokenData
from snnexp.datasets.base.aedat4 import aedat4 as read
from snnexp.datasets.base.events import from_zero

EVENTS = blob(3, n=40)
HEADER = len(MAGIC4) + 4
WHOLE = aedat4(EVENTS)
FIELDS = struct.pack("<5H", 10, 20, 4, 12, 8)


@pytest.fixture(autouse=True)
def decoder():
    pytest.importorskip("aedat")


def events(tmp_path: Path, data: bytes) -> np.ndarray:
    path = tmp_path / "file"
    path.write_bytes(data)
    return from_zero(read(path, (128, 128)).events)


def refused(tmp_path: Path, data: bytes) -> str:
    with pytest.raises(BrokenData) as caught:
        events(tmp_path, data)
    path, _, text = str(caught.value).partition(": ")
    assert path == str(tmp_path / "file") and len(text.splitlines()) == 1
    return text


@pytest.mark.parametrize("table", [b"", b"not looked at"], ids=["no table", "table"])
@pytest.mark.parametrize("zstd", [False, True], ids=["plain", "Zstandard"])
def test_reads_compressed_files_and_files_with_a_table(tmp_path: Path, zstd: bool, table: bytes):
    assert same(events(tmp_path, aedat4(EVENTS, zstd=zstd, table=table)), EVENTS)


@pytest.mark.parametrize("fields", [(10, 20, 0, 0, 8), (10, 20, 4, 0, 8), (10, 20, 0, 12, 8)])
def test_a_header_may_leave_out_compression_and_table(tmp_path: Path, fields: tuple[int, ...]):
    assert same(events(tmp_path, WHOLE.replace(FIELDS, struct.pack("<5H", *fields))), EVENTS)


@pytest.mark.parametrize("name", [b"node", b"attr"])
def test_a_description_on_which_the_package_ends_the_process_is_told(tmp_path: Path, name: bytes):
    """The package's error quotes the name, which Python refuses as text; that panics, and a destructor does again."""
    broken = STREAM.replace(b"<" + name, b"<\xe1" + name[1:], 1)
    place = broken.index(b"\xe1")
    assert refused(tmp_path, aedat4(EVENTS, broken)).startswith(
        f"byte 14: the header is damaged: 'utf-8' codec can't decode byte 0xe1 in position {place}"
    )
    assert same(events(tmp_path, WHOLE), EVENTS)


def test_a_description_too_deep_for_the_packages_stack_is_told(tmp_path: Path):
    deep = STREAM.replace(b"</dv>", 50_000 * b"<a>" + 50_000 * b"</a>" + b"</dv>")
    assert f"a description of {deep.count(b'<')} tags" in refused(tmp_path, aedat4(EVENTS, deep))


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (0, struct.pack("<I", 2**31), "unpack_from requires a buffer"),  # the root
        (20, struct.pack("<i", 21), "it points 1 bytes before itself"),  # from the root to the list of fields
        (20, struct.pack("<i", -(2**31)), "unpack_from requires a buffer"),
        (8, struct.pack("<H", 8), "it has no description"),  # the list's size
        (12, struct.pack("<H", 65535), "unpack_from requires a buffer"),  # the compression's place
        (24, struct.pack("<i", 5), "compression 5 is unknown"),
        (28, struct.pack("<I", 2**31), "unpack_from requires a buffer"),  # from its field to the description
        (40, struct.pack("<I", len(STREAM) + 2), f"it has no room for a description of {len(STREAM) + 2} bytes"),
        (-4, struct.pack("<I", len(WHOLE)), f"{HEADER} bytes of it are missing"),  # its own size
    ],
)
def test_a_damaged_header_is_told(tmp_path: Path, place: int, value: bytes, told: str):
    data = bytearray(WHOLE)
    data[HEADER + place : HEADER + place + len(value)] = value
    assert refused(tmp_path, bytes(data)).startswith(f"byte 14: the header is damaged: {told}")


def test_a_packet_that_does_not_end_in_the_file_is_told_with_its_byte(tmp_path: Path):
    place = HEADER + 45 + len(STREAM)
    assert refused(tmp_path, WHOLE[:-3]) == f"byte {place}: cut short, 3 bytes of this packet are missing"
    assert refused(tmp_path, WHOLE[: place + 7]) == f"byte {place}: cut short within a packet's header"
    assert refused(tmp_path, WHOLE + b"\0") == f"byte {len(WHOLE)}: cut short within a packet's header"
    huge = WHOLE[: place + 4] + b"\xff" * 4 + WHOLE[place + 8 :]
    assert refused(tmp_path, huge).startswith(f"byte {place}: cut short, 42949")


def test_a_cut_table_is_no_loss_but_packets_must_end_where_it_begins(tmp_path: Path):
    table = aedat4(EVENTS, table=b"table")
    assert same(events(tmp_path, table[:-1]), EVENTS)
    assert "cut short" in refused(tmp_path, table[: -len(b"table") - 16])
    wrong = table.replace(struct.pack("<q", len(WHOLE)), struct.pack("<q", len(WHOLE) - 1))
    assert "cut short" in refused(tmp_path, wrong)


def test_a_panic_of_the_package_is_told(tmp_path: Path):
    assert "assertion failed" in refused(tmp_path, WHOLE + struct.pack("<II", 0, 1) + b"\0")
