"""AEDAT 3.1: packets of little-endian pairs of 32 bits, address and time in us.

Format: https://docs.inivation.com/software/software-advanced-usage/file-formats/aedat-3.1.html. A packet has room for
`capacity` events, of which `number` are there; writers leave the rest out (libcaer) or write it, too.
"""

import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np

from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.events import Decoded, checked, event_array
from snnexp.datasets.base.records import header_end

POLARITY_EVENTS = 1  # the packets that hold pixels' events
LAYOUT = struct.Struct("<hhiiiiii")


class Packet(NamedTuple):
    """The header of a packet."""

    kind: int
    source: int
    size: int  # bytes an event
    offset: int  # of the time in an event
    overflow: int  # times 2^31 us
    capacity: int
    number: int
    valid: int

    @property
    def sound(self) -> bool:
        """Whether numbers like these can stand in a header."""
        counts = 0 <= self.valid <= self.number <= self.capacity
        time = 0 <= self.offset <= self.size - 4 and self.overflow >= 0
        return self.kind >= 0 and counts and time and (self.kind != POLARITY_EVENTS or self.size == 8)


def aedat31(path: Path, sensor: tuple[int, int] = (128, 128)) -> Decoded:
    """Read pixels' events: bit 0 of an address says valid, bit 1 p, bits 2-14 y, bits 17-29 x; pass other packets.

    Raises:
        BrokenData: of another format, cut short, without a valid event, with one off the sensor or before time 0.
    """
    data = path.read_bytes()
    packets = [(at, each) for at, each in walk(path, data) if each.kind == POLARITY_EVENTS]
    pairs = [np.frombuffer(data, "<i4", 2 * each.number, at) for at, each in packets]
    pairs = np.concatenate([np.empty(0, "<i4"), *pairs]).reshape(-1, 2).astype(np.int64)
    numbers = [each.number for _, each in packets]
    firsts = np.cumsum([0, *numbers])
    at = np.repeat(np.array([at for at, _ in packets], np.int64) - 8 * firsts[:-1], numbers) + 8 * np.arange(len(pairs))
    overflow = np.repeat(np.array([each.overflow for _, each in packets], np.int64), numbers)
    kept = np.flatnonzero(pairs[:, 0] & 1)
    a, t = pairs[kept].T
    if (early := np.flatnonzero(t < 0)).size:
        raise BrokenData(f"{path}: byte {at[kept[early[0]]]}: time {t[early[0]]} us is below 0")
    t = t + (overflow[kept] << 31)
    events = event_array(a >> 17 & 0x1FFF, a >> 2 & 0x1FFF, t, a >> 1 & 1)
    decoded = Decoded(path, events, t, lambda i: f"byte {at[kept[i]]}", {"invalid": len(pairs) - len(kept)})
    return checked(decoded, sensor, f"byte {len(data)}")


def walk(path: Path, data: bytes) -> list[tuple[int, Packet]]:
    """List each packet's first byte of events, and its header."""
    packets = []
    place = header_end(path, data, "3.1")
    while place < len(data):
        if len(data) - place < LAYOUT.size:
            raise BrokenData(f"{path}: byte {place}: cut short within a packet's header")
        packet = Packet(*LAYOUT.unpack_from(data, place))
        if not packet.sound:
            header = f"type {packet.kind}, {packet.number} of {packet.capacity} events of {packet.size} bytes"
            raise BrokenData(f"{path}: byte {place}: no packet's header ({header})")
        body = place + LAYOUT.size
        missing = body + packet.size * packet.number - len(data)
        if missing > 0:
            raise BrokenData(f"{path}: byte {place}: cut short, {missing} bytes of this packet are missing")
        packets.append((body, packet))
        place = end(data, body, packet)
    return packets


def end(data: bytes, body: int, packet: Packet) -> int:
    """Return where the next packet begins: behind this one's events or, if none begins there, behind all its room."""
    ends = [body + packet.size * slots for slots in (packet.number, packet.capacity)]
    return next((place for place in ends if begins(data, place)), ends[0])


def begins(data: bytes, place: int) -> bool:
    """Return whether the next packet begins here, or the file ends."""
    rest = len(data) - place
    return rest == 0 or (rest >= LAYOUT.size and Packet(*LAYOUT.unpack_from(data, place)).sound)
