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
    """The events of a file; `sensor` is (H, W). On a sensor of at most 240 rows, y = 240 marks an overflow of time.

    Raises:
        BrokenData: the file is empty, cut short, or holds events off the sensor.
    """
    data = path.read_bytes()
    whole_records(path, len(data), 0, 5)
    x = np.frombuffer(data, np.uint8)[::5]
    # bytes 1 to 4 of a record as one big-endian number: y, then p, then t
    word = np.ndarray((len(x),), ">u4", data, offset=min(1, len(data)), strides=(5,)).astype(np.uint32)
    y = word >> 24
    events = np.empty(len(x), EVENTS)
    events["x"], events["y"], events["t"], events["p"] = x, y, word & 0x7FFFFF, word & 0x800000
    height, width = sensor
    if len(x) and y.max() < height and x.max() < width:  # as nearly always: no marker, and nothing off the sensor
        return Decoded(path, events, lambda index: f"byte {5 * index}")
    marked = (y == MARKER) & (height <= MARKER)
    events["t"] += PERIOD * np.cumsum(marked)
    kept = np.flatnonzero(~marked)
    decoded = Decoded(path, events[kept], lambda index: f"byte {5 * kept[index]}", {"overflows": len(x) - len(kept)})
    return checked(decoded, sensor, f"byte {len(data)}")
