"""Events as one array: x, y (pixels), t (us) and p (True: ON), and what of a file they are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Int, UInt8

from snnexp.datasets.base.damage import BrokenData

EVENTS = np.dtype([("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", np.bool_)])


@dataclass(frozen=True)
class Decoded:
    """The events of a file in the order they stand there.

    `t` are their times once more, as a column, which is faster to look through; `place(i)` says where event i stands,
    `counts` how many records are no events, by the keys of `order.NOTES`.
    """

    path: Path
    events: np.ndarray
    t: np.ndarray
    place: Callable[[int], str]
    counts: Mapping[str, int] = field(default_factory=dict)


def event_array(
    x: Int[np.ndarray, " E"],
    y: Int[np.ndarray, " E"],
    t: Int[np.ndarray, " E"],
    p: Int[np.ndarray, " E"] | UInt8[np.ndarray, " E"],
) -> np.ndarray:
    """Return the columns as one array; what does not fit into 16 bits stays off every sensor."""
    events = np.empty(len(t), EVENTS)
    events["x"], events["y"] = np.clip(x, -1, 32767), np.clip(y, -1, 32767)
    events["t"], events["p"] = t, p
    return events


def checked(decoded: Decoded, sensor: tuple[int, int], end: str) -> Decoded:
    """Return what was decoded, if there are events, all on the sensor (H, W); `end` says where a file without any ends.

    Raises:
        BrokenData: no events, or one off the sensor, reported with its place.
    """
    events = decoded.events
    if len(events) == 0:
        left = ", ".join(f"{number} {kind}" for kind, number in decoded.counts.items() if number)
        raise BrokenData(f"{decoded.path}: {end}: no events{left and f' (but {left})'}")
    height, width = sensor
    x, y = events["x"], events["y"]
    if x.min() < 0 or x.max() >= width or y.min() < 0 or y.max() >= height:
        first = int(np.flatnonzero((x < 0) | (x >= width) | (y < 0) | (y >= height))[0])
        found = f"event at ({x[first]}, {y[first]}) is off the {width} x {height} sensor"
        raise BrokenData(f"{decoded.path}: {decoded.place(first)}: {found}")
    return decoded


def from_zero(events: np.ndarray) -> np.ndarray:
    """Return the events with time counted from the first; sorted events only."""
    moved = events.view(f"V{EVENTS.itemsize}").copy().view(EVENTS)  # as bytes: numpy copies fields one by one
    if len(moved):
        moved["t"] -= int(moved["t"][0])
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
) -> Decoded:
    """Make events of the columns of a format; `unit` number `first` is the first one.

    Polarity is 1 or 0, or 1 or -1 all through a file.

    Raises:
        BrokenData: another polarity, no events, or one off the sensor (H, W).
    """
    off = -1 if (p == -1).any() else 0
    wrong = np.flatnonzero((p != 1) & (p != off))
    if len(wrong):
        place = first + int(wrong[0])
        raise BrokenData(f"{path}: {unit} {place}: polarity {p[wrong[0]]} is neither 1 nor {off}")
    events = event_array(x, y, t, (p == 1).view(np.uint8))
    return checked(Decoded(path, events, t, lambda index: f"{unit} {first + index}"), sensor, f"{unit} {first}")
