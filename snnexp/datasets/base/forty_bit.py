"""N-MNIST's `.bin` and SLAYER's `.bs2`: five bytes an event, x 8, y 8, p 1, t 23 bits.

Format: https://www.garrickorchard.com/datasets/n-mnist; the overflow markers as in gorchard/event-Python.
"""

from pathlib import Path

import numpy as np

from snnexp.datasets.base.events import EVENTS, Decoded, checked
from snnexp.datasets.base.records import whole_records

MARKER = 240  # as y: no event; the sensor's clock began again
PERIOD = 1 << 13  # us that a marker adds to all that follow


def forty_bit(path: Path, sensor: tuple[int, int]) -> Decoded:
    """Read a file's events; `sensor` is (H, W). On at most 240 rows, y = 240 marks an overflow of the time.

    Raises:
        BrokenData: the file is empty, cut short, or holds events off the sensor.
    """
    with path.open("rb", buffering=0) as file:  # read whole, which needs no buffer
        data = file.read()
    whole_records(path, len(data), 0, 5)
    x = np.frombuffer(data, np.uint8)[::5]
    # bytes 1 to 4 of a record as one big-endian number: y, then p, then t
    word = np.ndarray((len(x),), ">u4", data, offset=min(1, len(data)), strides=(5,)).astype(np.uint32)
    t = word & 0x7FFFFF
    events = np.empty(len(x), EVENTS)
    events["x"], events["y"], events["t"], events["p"] = x, word >> 24, t, word & 0x800000
    height, width = sensor
    if len(x) and word.max() >> 24 < height and x.max() < width:  # as nearly always: no marker, none off the sensor
        return Decoded(path, events, t, lambda index: f"byte {5 * index}")
    marked = (word >> 24 == MARKER) & (height <= MARKER)
    events["t"] += PERIOD * np.cumsum(marked)
    kept = np.flatnonzero(~marked)
    events, counts = events[kept], {"overflows": len(x) - len(kept)}
    decoded = Decoded(path, events, events["t"], lambda index: f"byte {5 * kept[index]}", counts)
    return checked(decoded, sensor, f"byte {len(data)}")
