"""Every reader of recordings, with a file that it takes."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from event_files import aedat2, aedat4, aedat31, bin40, blob

from snnexp.datasets.base import decoders, gait
from snnexp.datasets.base.aedat4 import aedat4 as read_aedat4
from snnexp.datasets.dvs128_gesture import rows as read_labels
from snnexp.datasets.har_dvs import load

EVENTS = blob(3, n=40)


def text(events: np.ndarray) -> bytes:
    """A gait's rows."""
    return "".join(f"{t} {x} {y} {int(p)}\n" for x, y, t, p in events.tolist()).encode()


def arrays(events: np.ndarray) -> bytes:
    """HAR-DVS's columns."""
    file = io.BytesIO()
    np.savez_compressed(file, **{name: events[name].astype(np.int64) for name in "txyp"})
    return file.getvalue()


def small(path: Path) -> np.ndarray:
    """N-MNIST's recordings."""
    return decoders.forty_bit(path, (34, 34))


def packets(path: Path) -> np.ndarray:
    """CIFAR10-DVS's recordings from tonic."""
    return read_aedat4(path, (128, 128))


LABELS = b"class,startTime_usec,endTime_usec\n1,0,1400000\n2,1400000,3000000\n"
READERS: dict[str, tuple[Callable[[Path], object], bytes]] = {
    "bin40": (small, bin40(blob(3, n=40, span=300_000, sensor=(34, 34)))),
    "aedat2 of a DVS128": (decoders.aedat2_dvs128, aedat2(EVENTS)),
    "aedat2 of a DAVIS": (lambda path: decoders.aedat2_davis(path)[0], aedat2(EVENTS, "davis")),
    "aedat31": (decoders.aedat31, aedat31(EVENTS, packet=15)),
    "aedat4": (packets, aedat4(EVENTS)),
    "aedat4 of Zstandard": (packets, aedat4(EVENTS, zstd=True)),
    "rows of text": (gait.rows, text(EVENTS)),
    "labels": (read_labels, LABELS),
    "arrays": (load, arrays(EVENTS)),
}
