"""Events as one array: x, y (pixels), t (us) and p (True: ON), sorted by t."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Int, UInt8

from snnexp.datasets.base.damage import BrokenData

EVENTS = np.dtype([("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", np.bool_)])


def event_array(
    x: Int[np.ndarray, " E"],
    y: Int[np.ndarray, " E"],
    t: Int[np.ndarray, " E"],
    p: Int[np.ndarray, " E"] | UInt8[np.ndarray, " E"],
) -> np.ndarray:
    """The columns as one array; what does not fit into 16 bits stays off every sensor."""
    events = np.empty(len(t), EVENTS)
    events["x"], events["y"] = np.clip(x, -1, 32767), np.clip(y, -1, 32767)
    events["t"], events["p"] = t, p
    return events


def checked(
    path: Path,
    events: np.ndarray,
    sensor: tuple[int, int],
    end: int,
    position: Callable[[int], int],
    unit: str = "byte",
) -> np.ndarray:
    """The events, if there are any, all lie on the sensor (H, W) and none is earlier than the one before it."""
    if len(events) == 0:
        raise BrokenData(f"{path}: {unit} {end}: no events")
    height, width = sensor
    x, y, t = events["x"], events["y"], events["t"]
    off = np.flatnonzero((x < 0) | (x >= width) | (y < 0) | (y >= height))
    if len(off):
        first = int(off[0])
        found = f"event at ({x[first]}, {y[first]}) is off the {width} x {height} sensor"
        raise BrokenData(f"{path}: {unit} {position(first)}: {found}")
    late = np.flatnonzero(t[1:] < t[:-1]) + 1
    if len(late):
        first = int(late[0])
        found = f"time goes back from {t[first - 1]} to {t[first]} us"
        raise BrokenData(f"{path}: {unit} {position(first)}: {found}")
    return events


def from_zero(events: np.ndarray) -> np.ndarray:
    """The events with time counted from the first; sorted events only."""
    moved = events.copy()
    moved["t"] -= moved["t"][:1]
    return moved


def from_columns(
    path: Path,
    x: Int[np.ndarray, " E"],
    y: Int[np.ndarray, " E"],
    t: Int[np.ndarray, " E"],
    p: Int[np.ndarray, " E"],
    sensor: tuple[int, int],
    unit: str,
    first: int = 0,
) -> np.ndarray:
    """Events of formats that hold columns of numbers, `unit` number `first` being the first; time begins at 0.

    Polarity is 1 or 0, or 1 or -1 all through a file.

    Raises:
        BrokenData: another polarity, no events, out of order in time, or off the sensor (H, W).
    """
    off = -1 if (p == -1).any() else 0
    wrong = np.flatnonzero((p != 1) & (p != off))
    if len(wrong):
        place = first + int(wrong[0])
        raise BrokenData(f"{path}: {unit} {place}: polarity {p[wrong[0]]} is neither 1 nor {off}")
    events = event_array(x, y, t, (p == 1).astype(np.int64))
    return from_zero(checked(path, events, sensor, first, lambda index: first + index, unit))
