"""Order in time: small steps back are sorted and counted, large ones refused; and all that is counted of recordings."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal

import numpy as np

from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.events import Decoded
from snnexp.errors import UserError

Unordered = Literal["sort", "refuse"]
LIMIT = 1000  # us: sensors' packets overlap by a few microseconds; what comes later than this is damage
NOTES = {
    "sorted": "events up to 1 ms behind a later one sorted by time",
    "invalid": "events marked invalid left out",
    "external": "external inputs left out",
    "samples": "samples of pictures or motion left out",
    "overflows": "overflow markers counted as time",
    "off": "events off the pixels that are read left out",
}


def in_order(decoded: Decoded, unordered: Unordered) -> tuple[np.ndarray, Counter[str]]:
    """Sort the events by time, each up to `LIMIT` behind a later one, and count these as `sorted`.

    Equal times keep the file's order.

    Raises:
        UserError: `unordered` is `refuse` and a time steps back, with the place and the remedy.
        BrokenData: a time steps back by more than `LIMIT`.
    """
    events, t, counts = decoded.events, decoded.t, Counter(decoded.counts)
    if not (t[1:] < t[:-1]).any():
        return events, counts
    latest = np.maximum.accumulate(t)
    late = latest - t
    if late.max() > LIMIT:
        raise BrokenData(step_back(decoded, latest, int(np.argmax(late > LIMIT))))
    if unordered == "refuse":
        reason = step_back(decoded, latest, int(np.argmax(late > 0)))
        raise UserError(f"{reason}; choose dataset.unordered=sort, which sorts steps of up to {LIMIT} us")
    counts["sorted"] = int(np.count_nonzero(late))
    return events[np.argsort(t, kind="stable")], counts


def step_back(decoded: Decoded, latest: np.ndarray, index: int) -> str:
    """Say where the time steps back, and from when to when."""
    when = f"time goes back from {latest[index]} to {decoded.t[index]} us"
    return f"{decoded.path}: {decoded.place(index)}: {when}"


def notes(counts: Mapping[str, int]) -> list[str]:
    """Return a phrase for each kind that was met."""
    return [f"{counts[kind]} {phrase}" for kind, phrase in NOTES.items() if counts.get(kind)]
