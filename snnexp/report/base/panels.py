"""Panels with lines, as numbers that a page needs to draw them: paths in a square, and ticks in percent of its side."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, isfinite, log10

from snnexp.report.base.runs import Group

NEAR = 1e-9  # an end of an axis this near to a round number, in steps, has a tick
SIDE = 1000  # units along a panel's side, whole ones: finer than a screen, and short to write


@dataclass(frozen=True)
class Tick:
    """A place on an axis, and what stands there."""

    percent: float
    text: str


@dataclass(frozen=True)
class Curve:
    """A line of a group; `kind` decides how it is drawn, `path` is its SVG path."""

    group: Group
    kind: str
    path: str

    @property
    def is_point(self) -> bool:
        """Whether it has no length, as that of a single epoch."""
        return self.path.endswith("l0 0")


@dataclass(frozen=True)
class Panel:
    """Curves below a title, between two axes; `mark` is a threshold's place in percent of the x axis."""

    title: str
    curves: tuple[Curve, ...]
    x: tuple[Tick, ...]
    y: tuple[Tick, ...] = ()
    mark: float | None = None

    @property
    def drawn(self) -> Iterator[tuple[Curve, int]]:
        """Yield each curve, and the number of those below it that it would hide: of the same kind and path."""
        count: Counter[tuple[str, str]] = Counter()
        for curve in self.curves:
            yield curve, count[curve.kind, curve.path]
            count[curve.kind, curve.path] += 1


@dataclass(frozen=True)
class Axis:
    """A range of values, `high` above `low`."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Iterable[float], zero: bool = True) -> "Axis":
        """Return the range of the finite ones among values, from zero or from below the least, with some room above."""
        finite = [value for value in values if isfinite(value)] or [0.0]
        low = min(0.0, *finite) if zero else min(finite)
        room = (max(finite) - low) * 0.05 or 1.0
        return cls(low if zero else low - room, max(finite) + room)

    def share(self, value: float | int) -> float:
        """Return 0 for the lower end, 1 for the upper."""
        return (value - self.low) / (self.high - self.low)

    def ticks(self, count: int = 5, least: float = 0.0) -> tuple[Tick, ...]:
        """Return about `count` round numbers, at distances of 1, 2 or 5 times a power of ten, `least` or more."""
        wanted = max((self.high - self.low) / count, least)
        power = 10.0 ** floor(log10(wanted))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted * 0.999)
        found = [step * i for i in range(ceil(self.low / step - NEAR), floor(self.high / step + NEAR) + 1)]
        return tuple(Tick(round(100 * self.share(value), 2), f"{round(value, 10):g}") for value in found)


def line(x: Axis, y: Axis, points: Iterable[tuple[float | int, float]]) -> str:
    """Return the path through those points whose value is finite; a single point is a line of no length."""
    places = [(round(SIDE * x.share(a)), round(SIDE * (1 - y.share(b)))) for a, b in points if isfinite(b)]
    if not places:
        return ""
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(places)] or [(0, 0)]
    path = f"M{places[0][0]} {places[0][1]}l" + " ".join(f"{dx} {dy}" for dx, dy in steps)
    return path.replace(" -", "-")  # a minus separates numbers, too: a page has hundreds of thousands of them


def points(x: Axis, y: Axis, places: Iterable[tuple[float, float]]) -> str:
    """Return a path of points, each a line of no length."""
    return "".join(f"M{round(SIDE * x.share(a))} {round(SIDE * (1 - y.share(b)))}h0" for a, b in places)


def stairs(y: Axis, values: Sequence[float]) -> str:
    """Return the path along the tops of bins of equal width, from the lower right of none to that of the last."""
    heights = [round(SIDE * (1 - y.share(value))) for value in values]
    edges = [round(SIDE * i / len(values)) for i in range(len(values) + 1)]
    steps = [f"V{height}H{edge}" for height, edge in zip(heights, edges[1:], strict=True)]
    return f"M0 {SIDE}{''.join(steps)}V{SIDE}"
