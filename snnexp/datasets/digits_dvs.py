"""The handwritten digits seen by a simulated event camera that moves in three saccades: embedded, no download."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from snnexp.datasets.base import Events, Split, read_digits
from snnexp.datasets.base.digits import SPLIT_HASH
from snnexp.datasets.base.pictures import sized
from snnexp.errors import UserError, require

# grid units per contrast threshold: log intensity is rounded to integers, so that no tie hangs on the last float bit
UNITS = 4096


class DigitsDvs(Events):
    """Each digit, `digit` pixels wide, crosses a `sensor` x `sensor` camera on the triangle of N-MNIST's saccades.

    A pixel fires one event for each `threshold` by which log(intensity + `dark`), intensity in [0, 1], has left the
    pixel's reference, which then moves to the level of that event. The camera looks `steps` times, evenly spaced
    over three saccades that carry it `travel` pixels down and half as far sideways, back up, and back sideways.

    Raises:
        UserError: a constant out of range.
    """

    num_classes = 10
    split_hash = SPLIT_HASH

    def __init__(
        self,
        *,
        sensor: int = 28,
        digit: int = 20,
        travel: float = 6.0,
        steps: int = 60,
        threshold: float = 0.4,
        dark: float = 0.1,
    ) -> None:
        positive = {"digit": digit, "travel": travel, "steps": steps, "threshold": threshold, "dark": dark}
        for key, value in positive.items():
            require(value > 0, f"dataset.{key}={value}: must be above 0")
        if digit + travel > sensor:
            raise UserError(f"dataset.sensor={sensor}: must be at least digit + travel = {digit + travel}")
        self.size = (sensor, sensor)
        self.digit = digit
        self.travel = travel
        self.steps = steps
        self.threshold = threshold
        self.dark = dark

    def read(self, T: int) -> tuple[Split, Split]:
        if self.steps < T:
            raise UserError(f"T={T}: the camera looks {self.steps} times; choose T up to that, or raise dataset.steps")
        train, test = read_digits()
        return Split(self.record(train.x, T), train.y), Split(self.record(test.x, T), test.y)

    def open_file(self, path: Path, T: int) -> Split:
        """Record a picture of 8 x 8 pixels, such as `digits` has, as `read` records those."""
        image = sized(path, 1, (8, 8), "digits")
        return Split(self.record(image[None], T), torch.zeros(1, dtype=torch.int64))

    def record(self, images: UInt8[Tensor, "N 1 8 8"], T: int) -> UInt8[Tensor, "N T 2 S S"]:
        """Record images as frames of event counts in T bins of equal duration."""
        # numpy on one thread: beside other programs torch's threads wait for one another at each of the small steps
        intensity = images[:, 0].numpy() / 255
        path = self.path()
        reference = self.look(intensity, path[0])
        frames = np.zeros((len(images), T, 2, *self.size), dtype=np.int16)
        for step, position in enumerate(path[1:]):
            change = self.look(intensity, position) - reference
            on, off = change.clip(min=0) // UNITS, (-change).clip(min=0) // UNITS
            reference += (on - off) * UNITS
            frame = frames[:, step * T // self.steps]
            frame += np.stack([off, on], axis=1).astype(np.int16)
        return torch.from_numpy(frames.clip(max=255).astype(np.uint8))

    def path(self) -> Float[np.ndarray, "steps_and_start 2"]:
        """Return the camera's (y, x) at the start and after each step: a triangle, centred on the digit."""
        corners = np.array([[0, 0], [1, 0.5], [0, 1], [0, 0]]) - 0.5
        along = np.linspace(0, 3, self.steps + 1)
        return self.travel * np.stack([np.interp(along, range(4), axis) for axis in corners.T], axis=1)

    def look(
        self, intensity: Float[np.ndarray, "N 8 8"], position: Float[np.ndarray, " 2"]
    ) -> Int[np.ndarray, "N S S"]:
        """Log intensity of each pixel in 1/UNITS of the threshold, the camera shifted by `position`."""
        rows, columns = self.interpolation(position[0]), self.interpolation(position[1])
        seen = rows @ intensity @ columns.T
        return np.rint(np.log(seen + self.dark) * (UNITS / self.threshold)).astype(np.int32)

    def interpolation(self, shift: float) -> Float[np.ndarray, "S 8"]:
        """Interpolate linearly along one axis from the digit's 8 pixels, dark around it, to the sensor's."""
        sensor = self.size[0]
        places = (np.arange(sensor) + 0.5 - sensor / 2 + shift) * (8 / self.digit) + 3.5
        return (1 - np.abs(places[:, None] - np.arange(8))).clip(min=0)
