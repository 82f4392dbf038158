"""Writes recordings in the formats and layouts that their sets are published in."""

import gc
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from snnexp.datasets.base import Dataset

EVENTS = np.dtype([("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", np.bool_)])
HEAD2 = b"#!AER-DAT2.0\r\n# recorded by nobody\r\n#End Of ASCII Header\r\n"
HEAD3 = b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#Start-Time: now\r\n#!END-HEADER\r\n"


def blob(
    seed: int, n: int = 400, span: int = 3_000_000, sensor: tuple[int, int] = (128, 128), start: int = 0
) -> np.ndarray:
    """Events of something that crosses a sensor (H, W)."""
    rng = np.random.default_rng(seed)
    made = np.zeros(n, EVENTS)
    made["t"] = start + np.sort(rng.integers(0, span, n))
    for name, extent in (("x", sensor[1]), ("y", sensor[0])):
        middle = extent * (0.2 + 0.6 * (made["t"] - start) / span)
        made[name] = np.clip(rng.normal(middle, extent / 12), 0, extent - 1)
    made["p"] = rng.integers(0, 2, n)
    return made


def bin40(events: np.ndarray) -> bytes:
    """N-MNIST's five bytes an event."""
    x, y, t, p = (events[name].astype(np.int64) for name in "xytp")
    return np.stack([x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255], 1).astype(np.uint8).tobytes()


def aedat31(events: np.ndarray, packet: int = 100) -> bytes:
    """AEDAT 3.1, with a packet of special events among those of the pixels' events."""
    address = (
        events["x"].astype(np.int64) << 17 | events["y"].astype(np.int64) << 2 | events["p"].astype(np.int64) << 1 | 1
    )
    records = np.stack([address, events["t"]], 1).astype("<u4")
    parts = [HEAD3, struct.pack("<hhiiiiii", 0, 1, 8, 4, 0, 1, 1, 1), bytes(8)]
    for first in range(0, len(records), packet):
        part = records[first : first + packet]
        parts += [struct.pack("<hhiiiiii", 1, 1, 8, 4, 0, len(part), len(part), len(part)), part.tobytes()]
    return b"".join(parts)


def aedat2(events: np.ndarray, layout: str = "dvs128") -> bytes:
    """AEDAT 2.0 with the addresses of a DVS128 or, 128 x 128 pixels of it, of a DAVIS."""
    x, y, p = (events[name].astype(np.int64) for name in "xyp")
    address = y << 8 | (127 - x) << 1 | p if layout == "dvs128" else y << 22 | (127 - x) << 12 | (1 - p) << 11
    return HEAD2 + np.stack([address, events["t"]], 1).astype(">u4").tobytes()


def lines_run(call: Callable[[], object]) -> int:
    """How many lines of Python a call runs, without those of a collection of other tests' garbage."""
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    gc.disable()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
        gc.enable()
    return count


MAGIC4 = b"#!AER-DAT4.0\r\n"
STREAM = (
    b'<dv version="2.0"><node name="outInfo" path="/mainloop/Recorder/outInfo/">'
    b'<node name="0" path="/mainloop/Recorder/outInfo/0/"><attr key="compression" type="string">NONE</attr>'
    b'<attr key="originalModuleName" type="string">capture</attr><attr key="typeIdentifier" type="string">EVTS</attr>'
    b'<attr key="originalOutputName" type="string">events</attr><attr key="typeDescription" type="string">events</attr>'
    b'<node name="info" path="/mainloop/Recorder/outInfo/0/info/"><attr key="sizeX" type="int">128</attr>'
    b'<attr key="sizeY" type="int">128</attr><attr key="source" type="string">DVS128</attr></node></node></node></dv>'
)


def aedat4(events: np.ndarray, stream: bytes = STREAM, table: bytes = b"", zstd: bool = False) -> bytes:
    """AEDAT 4: flatbuffers of a header that describes one stream and of a packet of events; a table where one is given.

    Zstandard's frame holds the bytes as they are, which needs no compressor.
    """
    fields = {"names": list("txyp"), "formats": ["<i8", "<i2", "<i2", "?"], "offsets": [0, 8, 10, 12], "itemsize": 16}
    records = np.zeros(len(events), np.dtype(fields))
    for name in "txyp":
        records[name] = events[name]
    body = struct.pack("<I4s3H2xiII", 16, b"EVTS", 6, 8, 4, 8, 4, len(records)) + records.tobytes()
    body = struct.pack("<I", len(body)) + body
    if zstd:
        body = struct.pack("<IBI", 0xFD2FB528, 0xA0, len(body)) + (len(body) << 3 | 1).to_bytes(3, "little") + body
    packet = struct.pack("<II", 0, len(body)) + body
    size = 45 + len(stream)
    position = len(MAGIC4) + 4 + size + len(packet) if table else -1
    header = struct.pack("<I4s5H2xiiIqI", 20, b"IOHE", 10, 20, 4, 12, 8, 12, 3 * zstd, 12, position, len(stream))
    return MAGIC4 + struct.pack("<I", size) + header + stream + b"\0" + packet + table


def same(events: np.ndarray, expected: np.ndarray) -> bool:
    """Whether the events are these, with time counted from the first, in the project's types."""
    moved = expected["t"] - expected["t"][0]
    types = [events.dtype[name] for name in "xytp"] == [np.int16, np.int16, np.int64, np.bool_]
    return types and np.array_equal(events["t"], moved) and all(np.array_equal(events[n], expected[n]) for n in "xyp")


def place(path: Path, data: bytes | str) -> Path:
    """Write a file into folders made for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def is_read_alone(dataset: Dataset, path: Path, index: int, T: int, elsewhere: Path) -> bool:
    """Whether a file, copied away and read by itself, is the test sample of this index, as networks take it."""
    _, test = dataset.load(T)
    copied = Path(shutil.copy(path, elsewhere / f"copied{path.suffix}"))
    pair = test.take(torch.tensor([index])), dataset.open_file(copied, T)
    options = {"batch_size": 1, "seed": 1, "device": "cpu", "shuffle": False}
    a, b = (next(dataset.loader(each, **options).epoch(0))[0] for each in pair)
    return torch.equal(a, b) and bool(a.any())


def gesture(root: Path, users: dict[int, np.ndarray], table: str) -> None:
    """Official recordings of DVS128 Gesture, all with one table of labels."""
    for user, events in users.items():
        path = root / "DvsGesture" / f"user{user:02d}_led.aedat"
        place(path, aedat31(events))
        place(path.with_name(f"{path.stem}_labels.csv"), "class,startTime_usec,endTime_usec\n" + table)


def gait(
    root: Path,
    folder: str = "DVS128-Gait-Day",
    walkers: int = 20,
    walks: int = 1,
    span: int = 3_000_000,
    n: int = 400,
) -> None:
    """Walks of DVS128 Gait in rows of text."""
    for part in ("train", "test"):
        for walker in range(walkers):
            for walk in range(walks):
                events = blob(walker + 100 * walk, n, span, start=77)
                text = "".join(f"{t} {x} {y} {int(p)}\n" for x, y, t, p in events.tolist())
                place(root / folder / "origin" / part / str(walker) / f"walk_{walk}.txt", text)
