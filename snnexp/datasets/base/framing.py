"""Frames of event counts [T, 2, H, W] from one recording, by integer binning: every event counts once, in one frame.

Channel 0 counts OFF events, channel 1 ON events. `ds` is the number of pixels, each way, that one cell of a frame sums.
"""

import numpy as np
from jaxtyping import Float32, Int, Int16

from snnexp.errors import UserError


def by_time(events: np.ndarray, T: int, size: tuple[int, int], ds: int = 1) -> Int[np.ndarray, "T 2 H W"]:
    """Count in T bins of equal duration, first event to last: bin (t - t_first) T // (t_last - t_first + 1)."""
    t = events["t"] - events["t"].min()
    return counts(events, t * T // (t.max() + 1), T, size, ds)


def by_window(events: np.ndarray, T: int, dt: int, size: tuple[int, int], ds: int = 1) -> Int[np.ndarray, "T 2 H W"]:
    """Count in T bins of dt us from the first event on; later events are not counted, as in BICLab/ASA-SNN."""
    bins = (events["t"] - events["t"][:1]) // dt
    inside = bins < T
    return counts(events[inside], bins[inside], T, size, ds)


def by_number(events: np.ndarray, T: int, size: tuple[int, int], ds: int = 1) -> Int[np.ndarray, "T 2 H W"]:
    """Count in T bins of floor(E / T) events each, the rest of them in the last, as SpikingJelly's `number`.

    Raises:
        UserError: fewer events than bins.
    """
    if len(events) < T:
        raise UserError(f"{len(events)} events are too few for T={T} frames of equal number; choose a smaller T")
    bins = np.minimum(np.arange(len(events)) // (len(events) // T), T - 1)
    return counts(events, bins, T, size, ds)


def by_number_max(events: np.ndarray, T: int, sensor: tuple[int, int]) -> Float32[np.ndarray, "T 2 H W"]:
    """Make frames by number, each divided by its largest count, as in Gus-Lab/temporal_efficient_training."""
    frames = by_number(events, T, sensor).astype(np.float32)
    return frames / frames.max(axis=(1, 2, 3), keepdims=True).clip(min=1)


def nearest(frames: Float32[np.ndarray, "T 2 H W"], size: tuple[int, int]) -> Float32[np.ndarray, "T 2 h w"]:
    """Resize frames to the nearest pixel: output i shows input floor(i * old / new), as torch's `nearest`."""
    rows, columns = (np.arange(new) * old // new for old, new in zip(frames.shape[-2:], size, strict=True))
    return frames[..., rows[:, None], columns]


def counts(
    events: np.ndarray, bins: Int[np.ndarray, " E"], T: int, size: tuple[int, int], ds: int = 1
) -> Int[np.ndarray, "T 2 H W"]:
    """Return how many events fall into each bin, polarity and cell."""
    height, width = size
    # in wide integers: 16 bits hold a coordinate, not a cell's number
    y, x = events["y"].astype(np.int64) // ds, events["x"].astype(np.int64) // ds
    cells = ((bins * 2 + events["p"]) * height + y) * width + x
    return np.bincount(cells, minlength=T * 2 * height * width).reshape(T, 2, height, width)


def in_16_bits(frames: Int[np.ndarray, "T 2 H W"]) -> Int16[np.ndarray, "T 2 H W"]:
    """Convert counts to the type in which they are stored and moved.

    Raises:
        UserError: a count that does not fit.
    """
    if frames.max() > np.iinfo(np.int16).max:
        raise UserError(f"{frames.max()} events in one cell of a frame are more than 16 bits hold; choose a larger T")
    return frames.astype(np.int16)
