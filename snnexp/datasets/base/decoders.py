"""Event files into arrays, one format a function; what is wrong is told with the byte it stands at.

Bit layouts: those of jAER (AEDAT 2.0), iniVation (AEDAT 3.1) and the N-MNIST page, which tests hold by vectors.
"""

import struct
from pathlib import Path

import numpy as np
from jaxtyping import Int

from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.events import checked, event_array

POLARITY_EVENTS = 1  # the packets of an AEDAT 3.1 file that hold pixels' events
PACKET_HEADER = struct.Struct("<hhiiiiii")  # type, source, size, offset of t, overflow of t, capacity, number, valid


def forty_bit(path: Path, sensor: tuple[int, int]) -> np.ndarray:
    """N-MNIST's `.bin` and SLAYER's `.bs2`: five bytes an event, x 8, y 8, p 1, t 23 bits; `sensor` is (H, W).

    Raises:
        BrokenData: the file is empty, cut short, out of order in time, or holds events off the sensor.
    """
    data = path.read_bytes()
    whole_records(path, len(data), 0, 5)
    b = np.frombuffer(data, np.uint8).reshape(-1, 5).astype(np.int64)
    events = event_array(b[:, 0], b[:, 1], (b[:, 2] & 127) << 16 | b[:, 3] << 8 | b[:, 4], b[:, 2] >> 7)
    return checked(path, events, sensor, len(data), lambda index: 5 * index)


def aedat2_dvs128(path: Path) -> np.ndarray:
    """AEDAT 2.0 with a DVS128's addresses: bit 0 p, bits 1-7 x mirrored, bits 8-14 y; bit 15 marks no pixel's event.

    Raises:
        BrokenData: of another format, cut short, out of order in time, empty, or bits above 15 set in an address.
    """
    start, end, address, t = aedat2(path)
    foreign = np.flatnonzero(address >> 16)
    if len(foreign):
        found = f"address {address[foreign[0]]:#x} is none of a DVS128 (bits above 15 are set)"
        raise BrokenData(f"{path}: byte {start + 8 * foreign[0]}: {found}")
    pixels = np.flatnonzero(address & 0x8000 == 0)
    address = address[pixels]
    events = event_array(127 - (address >> 1 & 127), address >> 8 & 127, t[pixels], address & 1)
    return checked(path, events, (128, 128), end, lambda index: start + 8 * int(pixels[index]))


def aedat2_davis(path: Path, limits: tuple[int, int] = (128, 128)) -> tuple[np.ndarray, int]:
    """AEDAT 2.0 with a DAVIS's addresses: bit 11 OFF, bits 12-21 x mirrored, bits 22-30 y, bit 31 no pixel's event.

    Only events within `limits` (H, W) are kept, the mirroring at W - 1, as in BICLab/ASA-SNN; the second value is how
    many pixels' events lie off them.

    Raises:
        BrokenData: of another format, cut short, out of order in time, or without events within the limits.
    """
    start, end, address, t = aedat2(path)
    height, width = limits
    x, y = width - 1 - (address >> 12 & 0x3FF), address >> 22 & 0x1FF
    pixels = address >> 31 == 0
    kept = np.flatnonzero(pixels & (x >= 0) & (x < width) & (y < height))
    events = event_array(x[kept], y[kept], t[kept], 1 - (address[kept] >> 11 & 1))
    events = checked(path, events, limits, end, lambda index: start + 8 * int(kept[index]))
    return events, int(pixels.sum()) - len(events)


def aedat2(path: Path) -> tuple[int, int, Int[np.ndarray, " E"], Int[np.ndarray, " E"]]:
    """Where the records of an AEDAT 2.0 file begin and end, their addresses and times: big-endian pairs of 32 bits."""
    data = path.read_bytes()
    start = header_end(path, data, b"2.0")
    whole_records(path, len(data), start, 8)
    records = np.frombuffer(data, ">u4", offset=start).reshape(-1, 2).astype(np.int64)
    return start, len(data), records[:, 0], records[:, 1]


def aedat31(path: Path, sensor: tuple[int, int] = (128, 128)) -> np.ndarray:
    """AEDAT 3.1: packets of little-endian pairs (a, t), bit 1 p, bits 2-14 y, bits 17-29 x; other packets are passed.

    Raises:
        BrokenData: of another format, cut short, out of order in time, empty, or with events off the sensor.
    """
    data = path.read_bytes()
    packets = polarity_packets(path, data, header_end(path, data, b"3.1"))
    places = np.array([place for place, _, _ in packets], np.int64)
    firsts = np.cumsum([0, *(number for _, number, _ in packets)])
    pairs = [np.frombuffer(data, "<u4", 2 * number, place) for place, number, _ in packets]
    pairs = np.concatenate([np.empty(0, "<u4"), *pairs]).reshape(-1, 2).astype(np.int64)
    overflow = np.repeat(np.array([each for _, _, each in packets], np.int64), np.diff(firsts))
    a = pairs[:, 0]
    events = event_array(a >> 17 & 0x1FFF, a >> 2 & 0x1FFF, pairs[:, 1] + (overflow << 31), a >> 1 & 1)

    def position(index: int) -> int:
        packet = int(np.searchsorted(firsts, index, side="right")) - 1
        return int(places[packet] + 8 * (index - firsts[packet]))

    return checked(path, events, sensor, len(data), position)


def polarity_packets(path: Path, data: bytes, place: int) -> list[tuple[int, int, int]]:
    """First byte, number of events and overflow of t of each packet of pixels' events."""
    packets = []
    while place < len(data):
        if len(data) - place < PACKET_HEADER.size:
            raise BrokenData(f"{path}: byte {place}: cut short within a packet's header")
        kind, _, size, _, overflow, _, number, _ = PACKET_HEADER.unpack_from(data, place)
        body = place + PACKET_HEADER.size
        if kind < 0 or size <= 0 or number < 0 or (kind == POLARITY_EVENTS and size != 8):
            raise BrokenData(f"{path}: byte {place}: no packet's header (type {kind}, {number} events of {size} bytes)")
        if body + size * number > len(data):
            missing = body + size * number - len(data)
            raise BrokenData(f"{path}: byte {place}: cut short, {missing} bytes of this packet are missing")
        if kind == POLARITY_EVENTS:
            packets.append((body, number, overflow))
        place = body + size * number
    return packets


def header_end(path: Path, data: bytes, version: bytes) -> int:
    """The first byte behind the lines of text that an AEDAT file begins with."""
    if not data.startswith(b"#!AER-DAT" + version):
        raise BrokenData(f"{path}: byte 0: no header of AEDAT {version.decode()}, {len(data)} bytes in all")
    end = 0
    while data[end : end + 1] == b"#":
        stop = data.find(b"\n", end) + 1
        line = data[end:stop]
        # an event may begin like a line, but a zero byte stands in no text
        if not line or b"\0" in line:
            break
        end = stop
        if line.startswith((b"#!END-HEADER", b"#End Of ASCII Header")):
            break
    return end


def whole_records(path: Path, end: int, start: int, size: int) -> None:
    """Refuse a file whose last record is cut."""
    rest = (end - start) % size
    if rest:
        raise BrokenData(f"{path}: byte {end - rest}: cut short, {rest} bytes are no whole event of {size}")
