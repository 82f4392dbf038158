"""AEDAT 4 by the package `aedat`, which is given sound headers only: it ends the whole process on some others.

Format: https://docs.inivation.com/software/software-advanced-usage/file-formats/aedat-4.0.html. A header, packets and
often a table of them, each a flatbuffer, all but the header compressed or not. The package verifies packets, but takes
the header as it is; a description in it that is no UTF-8 makes it panic in a destructor or allocate without end.
"""

import struct
from pathlib import Path

import numpy as np

from snnexp.datasets.base.compressed import unpacked
from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.events import Decoded, from_columns
from snnexp.datasets.base.limits import UNPACKED, check_size
from snnexp.errors import UserError
from snnexp.machine.packages import install

MAGIC = b"#!AER-DAT4.0\r\n"
COMPRESSION, TABLE, DESCRIPTION = 0, 1, 2  # fields of the header
COMPRESSIONS = range(5)  # none, LZ4, LZ4 high, ZSTD, ZSTD high
TAGS = 10_000  # of a description, which has some thirty a stream; 20,000 nested ones overflow the package's stack
PACKET = np.dtype([("t", "<u8"), ("x", "<u2"), ("y", "<u2"), ("on", "?")])  # as the package gives events


def aedat4(path: Path, sensor: tuple[int, int]) -> Decoded:
    """Read a file's first stream of events; `sensor` is (H, W).

    Raises:
        UserError: the package is not installed.
        BrokenData: of another format, damaged, cut short, empty, or with events off the sensor.
    """
    try:
        from aedat import Decoder
    except ImportError as error:
        raise UserError(f"{path}: .aedat4 files need aedat; {install('dvs')}") from error
    check(path, path.read_bytes())
    packets, size = [np.empty(0, PACKET)], 0
    try:
        decoder = Decoder(str(path))
        streams = [number for number, stream in decoder.id_to_stream().items() if stream["type"] == "events"]
        for packet in decoder:
            if packet["stream_id"] == min(streams, default=None):
                packets.append(packet["events"])
                size += packets[-1].nbytes
                check_size(path, size)
    except BaseException as error:  # the package's for whatever is wrong; a panic of its Rust is no Exception
        if not isinstance(error, RuntimeError) and type(error).__name__ != "PanicException":
            raise
        raise BrokenData(f"{path}: {path.stat().st_size} bytes: {' '.join(str(error).split())}") from error
    t, x, y, p = (np.concatenate([packet[name] for packet in packets]).astype(np.int64) for name in PACKET.names or ())
    return from_columns(path, x, y, t, p, sensor, "event")


def check(path: Path, data: bytes) -> None:
    """Refuse a damaged header, and packets that do not end where the table begins or, without one, the file ends.

    The size that a packet unpacks to is read before it is unpacked, and refused above the limit.
    """
    if not data.startswith(MAGIC):
        raise BrokenData(f"{path}: byte 0: no header of AEDAT 4.0, {len(data)} bytes in all")
    try:
        place, end, is_compressed = header(data)
    except (struct.error, ValueError) as error:
        raise BrokenData(f"{path}: byte {len(MAGIC)}: the header is damaged: {error}") from error
    while place != end:
        if place + 8 > len(data):
            raise BrokenData(f"{path}: byte {place}: cut short within a packet's header")
        following = place + 8 + integer(data, place + 4)
        if following > len(data):
            missing = following - len(data)
            raise BrokenData(f"{path}: byte {place}: cut short, {missing} bytes of this packet are missing")
        try:
            size = unpacked(data[place + 8 : following]) if is_compressed else 0
        except ValueError as error:
            raise BrokenData(f"{path}: byte {place}: {error}") from error
        check_size(path, size, f"bytes unpacked of the packet at byte {place}", UNPACKED)
        place = following


def header(data: bytes) -> tuple[int, int, bool]:
    """Return the first byte of the packets, the first one behind them, and whether they are compressed.

    Raises:
        ValueError, struct.error: the package could not take this header.
    """
    start = len(MAGIC) + 4
    first = start + integer(data, len(MAGIC))
    head = data[start:first]
    if start + len(head) < first:
        raise ValueError(f"{first - len(data)} bytes of it are missing")
    root = integer(head, 0)
    fields = root - integer(head, root, "<i")  # a list of the fields' distances from the root, 0 for a missing one

    def field(number: int) -> int:
        listed = 4 + 2 * number < integer(head, fields, "<H")
        return integer(head, fields + 4 + 2 * number, "<H") if listed else 0

    compression = integer(head, root + field(COMPRESSION), "<i") if field(COMPRESSION) else 0
    if compression not in COMPRESSIONS:
        raise ValueError(f"compression {compression} is unknown")
    if not field(DESCRIPTION):
        raise ValueError("it has no description")
    text = root + field(DESCRIPTION)
    text += integer(head, text)
    size = integer(head, text)
    if text + 4 + size > len(head):
        raise ValueError(f"it has no room for a description of {size} bytes")
    if (tags := head[text + 4 : text + 4 + size].decode().count("<")) > TAGS:
        raise ValueError(f"a description of {tags} tags")
    table = integer(head, root + field(TABLE), "<q") if field(TABLE) else -1
    return first, len(data) if table < 0 else table, compression > 0


def integer(data: bytes, place: int, kind: str = "<I") -> int:
    """Return a number at a place; struct itself would count a negative place from the end."""
    if place < 0:
        raise ValueError(f"it points {-place} bytes before itself")
    return struct.unpack_from(kind, data, place)[0]
