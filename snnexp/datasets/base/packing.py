"""What of a recording is kept in the cache, and the split that a training makes of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Shaped

from snnexp.datasets.base.cache import Arrays, Writer
from snnexp.datasets.base.framing import in_16_bits
from snnexp.datasets.base.split import Recordings, Samples, Split
from snnexp.errors import UserError, require

Frame = Callable[[np.ndarray, int], Shaped[np.ndarray, "T 2 H W"]]


class Packing(ABC):
    """From the events of recordings, one after the other, to a split."""

    @abstractmethod
    def transform(self, T: int) -> dict[str, Any]:
        """Return all that decides what is kept: other values never meet the same cache entry."""

    @abstractmethod
    def keep(self, writer: Writer, events: np.ndarray, T: int) -> None:
        """Write down one recording."""

    @abstractmethod
    def finish(self, writer: Writer) -> None:
        """Write down what is known after the last recording."""

    @abstractmethod
    def split(self, arrays: Arrays, T: int, train: bool) -> Samples:
        """Return what a loader takes."""


class Frames(Packing):
    """Keeps T frames of each recording, made by `frame(events, T)`; `name` and `options` identify it."""

    def __init__(self, name: str, frame: Frame, **options: Any) -> None:
        self.name = name
        self.frame = frame
        self.options = options

    def transform(self, T: int) -> dict[str, Any]:
        return {"frames": self.name, "T": T, **self.options}

    def keep(self, writer: Writer, events: np.ndarray, T: int) -> None:
        frames = self.frame(events, T)
        writer.append("x", (in_16_bits(frames) if frames.dtype.kind == "i" else frames)[None])

    def finish(self, writer: Writer) -> None:
        if np.dtype(writer.arrays["x"][0]).kind == "i":
            writer.narrow("x")

    def split(self, arrays: Arrays, T: int, train: bool) -> Split:
        return Split(torch.from_numpy(arrays["x"]), torch.from_numpy(arrays["y"]))


class Clips(Packing):
    """Keeps all events; trains on one random clip of T frames of `dt` ms a recording, tests on `clips` fixed ones.

    A frame's cell sums `ds` x `ds` pixels of the `sensor` (H, W), and its `size` is their number, or `least` if larger.

    Raises:
        UserError: a constant out of range, pixels left over beside whole cells, or frames shorter than events' clock.
    """

    def __init__(
        self, sensor: tuple[int, int], *, dt: float, ds: int, clips: int, least: tuple[int, int] = (0, 0)
    ) -> None:
        for key, value in {"dt": dt, "ds": ds, "clips": clips}.items():
            require(value > 0, f"dataset.{key}={value}: must be above 0")
        height, width = sensor
        if height % ds or width % ds:
            raise UserError(f"dataset.ds={ds}: must divide the sensor's {width} x {height} pixels")
        self.dt = round(1000 * dt)
        if self.dt == 0:
            raise UserError(f"dataset.dt={dt}: must be at least 0.001 ms, since times are whole microseconds")
        self.sensor = sensor
        self.size = max(height // ds, least[0]), max(width // ds, least[1])
        self.ds = ds
        self.clips = clips

    def transform(self, T: int) -> dict[str, Any]:
        return {"events": "t in us, (p H + y) W + x", "sensor": list(self.sensor)}

    def keep(self, writer: Writer, events: np.ndarray, T: int) -> None:
        height, width = self.sensor
        address = (events["p"].astype(np.int64) * height + events["y"]) * width + events["x"]
        packed = np.stack([events["t"], address], axis=1)
        if packed[-1, 0] > np.iinfo(np.int32).max:
            raise UserError(f"a recording of {packed[-1, 0] / 6e7:.0f} minutes is longer than the 35 that 32 bits hold")
        writer.append("events", packed.astype(np.int32))
        writer.append("lengths", np.array([len(packed)], np.int64))

    def finish(self, writer: Writer) -> None:
        pass

    def split(self, arrays: Arrays, T: int, train: bool) -> Recordings:
        ends = np.cumsum(arrays["lengths"])
        bounds, y = np.stack([ends - arrays["lengths"], ends], axis=1), torch.from_numpy(arrays["y"])
        sizes = self.sensor, self.size
        return Recordings(arrays["events"], bounds, y, *sizes, T, self.dt, self.ds, self.clips, is_random=train)
