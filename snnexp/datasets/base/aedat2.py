"""AEDAT 2.0 and 2.1, as jAER writes them: text, then big-endian pairs of 32 bits, address and time in us.

Format: https://docs.inivation.com/software/software-advanced-usage/file-formats/aedat-2.0.html. All numbers are signed,
so a clock may start below 0, and goes on at -2^31 behind 2^31 - 1.
"""

from pathlib import Path

import numpy as np
from jaxtyping import Int, Int64

from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.events import Decoded, checked, event_array
from snnexp.datasets.base.records import header_end, whole_records


def aedat2_dvs128(path: Path) -> Decoded:
    """Read a DVS128's addresses: bit 0 p, bits 1-7 x mirrored, bits 8-14 y; bit 15 an external input, no event.

    Raises:
        BrokenData: of another format, cut short, empty, or bits above 15 set in an address.
    """
    start, end, address, t = aedat2(path)
    foreign = np.flatnonzero(address >> 16)
    if len(foreign):
        found = f"address {address[foreign[0]]:#x} is none of a DVS128 (bits above 15 are set)"
        raise BrokenData(f"{path}: byte {start + 8 * foreign[0]}: {found}")
    kept = np.flatnonzero(address & 0x8000 == 0)
    counts = {"external": len(address) - len(kept)}
    address, t = address[kept], continuous(t[kept])
    events = event_array(127 - (address >> 1 & 127), address >> 8 & 127, t, address & 1)
    decoded = Decoded(path, events, t, lambda index: f"byte {start + 8 * kept[index]}", counts)
    return checked(decoded, (128, 128), f"byte {end}")


def aedat2_davis(path: Path, limits: tuple[int, int] = (128, 128)) -> Decoded:
    """Read a DAVIS's addresses: bit 11 OFF, bits 12-21 x mirrored, bits 22-30 y.

    Bit 31 marks a sample of a picture or of motion, bit 10 an external input: no events. Only events within `limits`
    (H, W) are kept, the mirroring at W - 1, as in BICLab/ASA-SNN; the others are counted.

    Raises:
        BrokenData: of another format, cut short, or without events within the limits.
    """
    start, end, address, t = aedat2(path)
    height, width = limits
    x, y = width - 1 - (address >> 12 & 0x3FF), address >> 22 & 0x1FF
    samples = address >> 31 == 1
    external = ~samples & (address >> 10 & 1 == 1)
    off = ~samples & ~external & ((x < 0) | (x >= width) | (y >= height))
    kept = np.flatnonzero(~(samples | external | off))
    t = continuous(t[kept])
    events = event_array(x[kept], y[kept], t, 1 - (address[kept] >> 11 & 1))
    counts = {name: int(mask.sum()) for name, mask in (("samples", samples), ("external", external), ("off", off))}
    decoded = Decoded(path, events, t, lambda index: f"byte {start + 8 * kept[index]}", counts)
    return checked(decoded, limits, f"byte {end}")


def aedat2(path: Path) -> tuple[int, int, Int[np.ndarray, " E"], Int[np.ndarray, " E"]]:
    """Return the bytes at which a file's records begin and end, and their addresses and times as stored."""
    data = path.read_bytes()
    start = header_end(path, data, "2.0", "2.1")
    whole_records(path, len(data), start, 8)
    records = np.frombuffer(data, ">i4", offset=start).reshape(-1, 2).astype(np.int64)
    return start, len(data), records[:, 0] & 0xFFFFFFFF, records[:, 1]


def continuous(t: Int64[np.ndarray, " E"]) -> Int64[np.ndarray, " E"]:
    """Unwrap the times of a 32-bit clock that overflows: each step is the nearest one modulo 2^32."""
    steps = (np.diff(t) + (1 << 31)) % (1 << 32) - (1 << 31)
    return t[:1] + np.concatenate([np.zeros(len(t[:1]), np.int64), np.cumsum(steps)])
