"""The rows of a table in order of accuracy, beside what they cost, and which of them no other one beats in both."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from snnexp.files.tabular import to_markdown
from snnexp.tables.base import RunRecord, Spec
from snnexp.tables.contrasts import overlap
from snnexp.tables.statistics import Summary, summarize

COSTS = {"time": "time of a run, first row 1", "firing_rate": "firing rate"}  # fields of a point, as they are called


@dataclass(frozen=True, kw_only=True)
class Point:
    """A row's accuracy of the last epoch in percent, mean firing rate, and median time of a run over the first row's.

    Rows of one table train for the same steps, so that the time of a run is in proportion to that of a step, evaluation
    counted. It is None where runs' seconds were not kept.
    """

    name: str
    accuracy: Summary
    firing_rate: float
    time: float | None


def points(spec: Spec, records: Iterable[RunRecord]) -> list[Point]:
    """Return a point for each row that has runs, the most accurate first."""
    found: dict[str, list[RunRecord]] = defaultdict(list)
    for record in records:
        found[record.row].append(record)
    unit = seconds(found[spec.rows[0].name])
    made = [point(row.name, found[row.name], unit) for row in spec.rows if found[row.name]]
    return sorted(made, key=lambda each: -each.accuracy.mean)


def point(name: str, own: Sequence[RunRecord], unit: float | None) -> Point:
    """Summarize a row's runs."""
    took = seconds(own)
    return Point(
        name=name,
        accuracy=summarize([100 * record.test_accuracy for record in own], overlap(own)),
        firing_rate=statistics.fmean(record.firing_rate for record in own),
        time=took / unit if took and unit else None,
    )


def seconds(own: Sequence[RunRecord]) -> float | None:
    """Return the median time of some runs; None where one's was not kept."""
    took = [record.seconds for record in own if record.seconds is not None]
    return statistics.median(took) if took and len(took) == len(own) else None


def front(found: Sequence[Point], cost: str) -> set[str]:
    """Return the names of those that none reaches in accuracy at a lower cost, nor beats at the same; by the means."""
    known = {each.name: (-each.accuracy.mean, getattr(each, cost)) for each in found if getattr(each, cost) is not None}
    return {name for name, own in known.items() if not any(beats(other, own) for other in known.values())}


def beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Return whether one is nowhere above the other, and somewhere below."""
    return one[0] <= other[0] and one[1] <= other[1] and one != other


def page(found: Sequence[Point]) -> str:
    """Return the points as Markdown, numbered as the picture numbers them; a cost at which none does better is bold."""
    fronts = {cost: front(found, cost) for cost in COSTS}
    body = [(str(rank), each.name, interval(each.accuracy), *costs(each, fronts)) for rank, each in enumerate(found, 1)]
    return to_markdown(["", "row", "accuracy, last epoch (%)", *COSTS.values()], body)


def costs(each: Point, fronts: dict[str, set[str]]) -> list[str]:
    """Return what a row costs, bold where it is on the front of that cost."""
    cells = {"time": "" if each.time is None else f"{each.time:.2f}", "firing_rate": f"{each.firing_rate:.4f}"}
    return [f"**{cells[cost]}**" if each.name in names else cells[cost] for cost, names in fronts.items()]


def interval(found: Summary) -> str:
    """Return a mean with its 95 % interval, which one run has none of."""
    spread = "" if found.low is None or found.high is None else f" [{found.low:.2f}, {found.high:.2f}]"
    return f"{found.mean:.2f}{spread}"
