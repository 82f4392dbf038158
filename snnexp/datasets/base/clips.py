"""Clips of recordings: where they begin, and batches of them, framed on the device."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int32, Int64
from torch import Tensor

from snnexp.datasets.base.events import event_array
from snnexp.datasets.base.loader import Ordered
from snnexp.datasets.base.split import Recordings
from snnexp.machine.transfer import send
from snnexp.randomness import generator

Clip = Int32[np.ndarray, "_ 2"]


def fixed_starts(span: int, length: int, clips: int) -> list[int]:
    """Return the starts of fixed clips, as BICLab/ASA-SNN: evenly spread, the last ones moved back inside.

    A recording shorter than a clip gives its one clip each time.
    """
    overlap = (clips * length - span) // clips if clips * length > span else -((span - clips * length) // clips)
    step = length - overlap
    return [max(0, min(number * step, span - length)) for number in range(clips)]


def random_start(span: int, length: int, u: float) -> int:
    """Return the start of a random clip for u in [0, 1): uniform in [0, span - length), at least 0."""
    return int(u * max(0, span - length))


def cut(events: Clip, start: int, length: int) -> Clip:
    """Return a sorted recording's events with t in [start, start + length)."""
    first, last = np.searchsorted(events[:, 0], [start, start + length])
    return events[first:last]


def frame_bounds(t: Int32[np.ndarray, " E"], T: int, dt: int) -> Int64[np.ndarray, " T_and_1"]:
    """Return the frames' bounds: frame i holds the events of t in [t0 + i dt, t0 + (i + 1) dt), t0 the first's.

    Found by bisection, frame after frame, as in BICLab/ASA-SNN: what it makes of events that are not sorted is part
    of the published EventDrop.
    """
    bounds = [0]
    for frame in range(T):
        edge = int(t[0]) + (frame + 1) * dt if len(t) else 0
        bounds.append(bisect_left(t, edge, lo=bounds[-1]))
    return np.array(bounds)


def frames(clips: Sequence[Clip], split: Recordings, device: torch.device) -> Float[Tensor, "T N 2 H W"]:
    """Count the events of each clip in T frames, added up on the device."""
    bounds = [frame_bounds(clip[:, 0], split.T, split.dt) for clip in clips]
    events = np.concatenate([clip[: last[-1], 1] for clip, last in zip(clips, bounds, strict=True)])
    lengths = torch.from_numpy(np.diff(np.stack(bounds)).ravel())
    number = torch.arange(split.T * len(clips)).view(split.T, len(clips)).T.flatten()
    frame = torch.repeat_interleave(send(number, device), send(lengths, device), output_size=len(events))
    return count(send(torch.from_numpy(events), device), frame, len(clips), split)


def count(
    address: Int32[Tensor, " E"], frame: Int64[Tensor, " E"], clips: int, split: Recordings
) -> Float[Tensor, "T N 2 H W"]:
    """Count events by frame (number t N + n), polarity and cell; sums of ones are exact in float32 up to 2^24."""
    (sensor_height, sensor_width), (height, width) = split.sensor, split.size
    x = address % sensor_width // split.ds
    y = address // sensor_width % sensor_height // split.ds
    p = address // (sensor_width * sensor_height)
    cell = ((frame * 2 + p) * height + y) * width + x
    total = torch.zeros(split.T * clips * 2 * height * width, device=address.device)
    total.index_add_(0, cell, torch.ones_like(cell, dtype=torch.float32))
    return total.view(split.T, clips, 2, height, width)


class ClipLoader(Ordered):
    """Cuts clips from recordings, at random or the fixed ones, and frames them on the device.

    With K fixed clips a recording, a batch of N labels has frames of N K clips, recording by recording. An
    augmentation acts on a clip's events before they are framed.
    """

    def __init__(self, split: Recordings, **options: Any) -> None:
        super().__init__(split, **options)
        self.split = split
        self.size = split.size
        self.events = np.asarray(split.events)  # reads single numbers faster than a mapped array does

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[Float[Tensor, "T M 2 H W"], Int64[Tensor, " n"]]]:
        order, draws = self.order(epoch), self.draws(epoch)
        on_device = send(order, self.device)
        u = torch.rand(self.samples, dtype=torch.float64, generator=generator(self.seed, "clip", epoch)).tolist()
        for first in range(start * self.batch_size, len(order), self.batch_size):
            rows = order[first : first + self.batch_size].tolist()
            clips = [self.augmented(clip, draws, row) for row in rows for clip in self.clips(row, u[row])]
            yield frames(clips, self.split, self.device), self.y[on_device[first : first + self.batch_size]]

    def clips(self, row: int, u: float) -> list[Clip]:
        """Return the clips of a recording."""
        split = self.split
        events = self.events[slice(*split.bounds[row])]
        span, length = int(events[-1, 0]), split.T * split.dt
        starts = [random_start(span, length, u)] if split.is_random else fixed_starts(span, length, split.clips)
        return [cut(events, start, length) for start in starts]

    def augmented(self, clip: Clip, draws: Int64[Tensor, "N k"] | None, row: int) -> Clip:
        """Return a clip's events after the augmentation, which sees its time counted from 0."""
        if self.augment is None or draws is None or len(clip) == 0 or self.augment.columns == 0:
            return clip
        (height, width), address = self.split.sensor, clip[:, 1]
        p, y, x = np.unravel_index(address, (2, height, width))
        return clip[self.augment.select(event_array(x, y, clip[:, 0] - clip[0, 0], p), draws[row])]
