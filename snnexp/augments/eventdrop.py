"""EventDrop: leaves out some of a clip's events."""

import numpy as np
import torch
from jaxtyping import Bool, Int, Int64, Shaped
from torch import Generator, Tensor

from snnexp.augments.base import Transform
from snnexp.errors import UserError, require


class Eventdrop(Transform):
    """All events stay, or those of a time, of an area or of a random choice go, each of the four as likely.

    The time is a share of 0.1 to 0.9 of the clip's, from a uniform start; the area's sides are a share of 0.05 to
    0.95 of `resolution` (that of the sensor); the choice takes 0.1 to 0.9 of the events (Gu et al. 2021, with the
    ranges of BICLab/ASA-SNN datasets/event_drop.py). Where all events would go, all stay. Draws (which, seed).

    `legacy_eventdrop` does what that code did to gait recordings, whose columns it took for others: the area is one
    of y and polarity, where each of the two bands goes whole; the random choice is left in random order. It had
    `resolution` 32.

    Raises:
        UserError: a resolution below 1.
    """

    columns = 2

    def __init__(self, *, resolution: int = 128, legacy_eventdrop: bool = False) -> None:
        require(resolution >= 1, f"augment.eventdrop.resolution={resolution}: must be at least 1")
        self.resolution = resolution
        self.legacy = legacy_eventdrop

    def draw(self, n: int, size: tuple[int, int], generator: Generator) -> Int64[Tensor, "n 2"]:
        which = torch.randint(4, (n, 1), generator=generator)
        return torch.cat([which, torch.randint(2**62, (n, 1), generator=generator)], dim=1)

    def __call__(self, images: Shaped[Tensor, "N C H W"], draws: Int64[Tensor, "N 2"]) -> Shaped[Tensor, "N C H W"]:
        raise UserError(
            "augment: eventdrop changes events, this data set gives frames or images; choose another recipe"
        )

    def select(self, events: np.ndarray, draw: Int64[Tensor, " 2"]) -> Int[np.ndarray, " kept"]:
        which, seed = draw.tolist()
        rng = np.random.default_rng(seed)
        if which == 3:
            kept = self.choose(len(events), rng)
        else:
            keep = [self.identity, self.outside_time, self.outside_area][which]
            kept = np.flatnonzero(keep(events, rng))
        return kept if len(kept) else np.arange(len(events))

    def identity(self, events: np.ndarray, rng: np.random.Generator) -> Bool[np.ndarray, " E"]:
        """Return all events."""
        return np.ones(len(events), bool)

    def outside_time(self, events: np.ndarray, rng: np.random.Generator) -> Bool[np.ndarray, " E"]:
        """Return the events before or after a time."""
        share = rng.integers(1, 10) / 10
        start = rng.uniform()
        t, end = events["t"], events["t"].max(initial=0)
        return (t < end * start) | (t > end * (start + share))

    def outside_area(self, events: np.ndarray, rng: np.random.Generator) -> Bool[np.ndarray, " E"]:
        """Return the events beside a square, which the sensor's border cuts."""
        side = self.resolution * rng.integers(1, 20) / 20
        first = np.maximum(0, rng.uniform(0, self.resolution, 2) - side / 2).astype(int)
        last = np.minimum(self.resolution, first + side)
        columns = [events[name].astype(int) for name in ("yp" if self.legacy else "xy")]
        beside = [(column < a) | (column > b) for column, a, b in zip(columns, first, last, strict=True)]
        return beside[0] & beside[1] if self.legacy else beside[0] | beside[1]

    def choose(self, n: int, rng: np.random.Generator) -> Int[np.ndarray, " kept"]:
        """Return a random choice of n events, in their order."""
        kept = rng.permutation(n)[: n - int(n * rng.integers(1, 10) / 10)]
        return kept if self.legacy else np.sort(kept)
