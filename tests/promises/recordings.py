"""Every reader of recordings, with a file that it takes."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from event_files import aedat2, aedat4, aedat31, bin40, blob

from snnexp.datasets.base import gait
from snnexp.datasets.base.aedat2 import aedat2_davis, aedat2_dvs128
from snnexp.datasets.base.aedat4 import aedat4 as read_aedat4
from snnexp.datasets.base.aedat31 import aedat31 as read_aedat31
from snnexp.datasets.base.events import Decoded, from_columns
from snnexp.datasets.base.forty_bit import forty_bit
from snnexp.datasets.base.order import in_order
from snnexp.datasets.dvs128_gesture import rows as read_labels
from snnexp.datasets.dvs128_gesture import tonics
from snnexp.datasets.har_dvs import load
from snnexp.errors import UserError

EVENTS = blob(3, n=40)


def text(events: np.ndarray) -> bytes:
    """A gait's rows."""
    return "".join(f"{t} {x} {y} {int(p)}\n" for x, y, t, p in events.tolist()).encode()


def arrays(events: np.ndarray) -> bytes:
    """HAR-DVS's columns."""
    file = io.BytesIO()
    np.savez_compressed(file, **{name: events[name].astype(np.int64) for name in "txyp"})
    return file.getvalue()


def ordered(decode: Callable[[Path], Decoded]) -> Callable[[Path], object]:
    """A decoder and the order of its events, as a data set reads them."""
    return lambda path: in_order(decode(path), "sort")


def text_rows(path: Path) -> Decoded:
    """A gait's recording."""
    t, x, y, p = gait.rows(path)
    return from_columns(path, x, y, t, p, (128, 128), "row", first=1)


def milliseconds(events: np.ndarray) -> bytes:
    """tonic's array of a gesture."""
    file = io.BytesIO()
    np.save(file, np.stack([events["x"], events["y"], events["p"], events["t"] / 1000], 1))
    return file.getvalue()


def gesture(path: Path) -> Decoded:
    """tonic's gestures, named by their label."""
    named = path.with_name("3.npy")
    path.rename(named)
    try:
        return tonics(named)
    except UserError as error:
        raise type(error)(str(error).replace(str(named), str(path))) from error
    finally:
        named.rename(path)


LABELS = b"class,startTime_usec,endTime_usec\n1,0,1400000\n2,1400000,3000000\n"
READERS: dict[str, tuple[Callable[[Path], object], bytes]] = {
    "bin40": (
        ordered(lambda path: forty_bit(path, (34, 34))),
        bin40(blob(3, n=40, span=300_000, sensor=(34, 34))),
    ),
    "aedat2 of a DVS128": (ordered(aedat2_dvs128), aedat2(EVENTS)),
    "aedat2 of a DAVIS": (ordered(aedat2_davis), aedat2(blob(3, n=400), "davis")),
    "aedat31": (ordered(read_aedat31), aedat31(EVENTS, packet=15)),
    "aedat4": (ordered(lambda path: read_aedat4(path, (128, 128))), aedat4(EVENTS)),
    "aedat4 of Zstandard": (ordered(lambda path: read_aedat4(path, (128, 128))), aedat4(EVENTS, zstd=True)),
    "rows of text": (ordered(text_rows), text(EVENTS)),
    "labels": (read_labels, LABELS),
    "arrays": (lambda path: load(path, "sort"), arrays(EVENTS)),
    "arrays of tonic": (ordered(gesture), milliseconds(EVENTS)),
}
