"""What a table can show, and what it costs, before anything is trained."""

import math
import statistics as central
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from snnexp.errors import UserError
from snnexp.tables import condition, lacking
from snnexp.tables.base import Row, RunRecord, Spec
from snnexp.tables.contrasts import of_fold
from snnexp.tables.power import detectable_with, equivalent_with
from snnexp.tables.records import used
from snnexp.tables.statistics import ENOUGH, LEVEL, POWER

MOST = 1_000  # seeds that are tried


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """What is taken for granted where no run says it: deviation over seeds, seconds an epoch, the effect to be shown.

    Raises:
        UserError: a number that is not above 0.
    """

    std: float | None = None
    epoch_seconds: float | None = None
    effect: float | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and not 0 < value < math.inf:
                raise UserError(f"--{name.replace('_', '-')} {value:g}: must be above 0")


def describe(spec: Spec, records: Sequence[RunRecord], assumed: Assumed) -> Iterator[str]:
    """Say what is planned, the smallest effect that it can show, the seeds that are needed, and the hours."""
    rows = {row.name: row for row in spec.rows}
    pairs = [(row, rows[other]) for row in spec.rows if spec.decides(row) for other in row.against]
    gains = [(rows[name], rows[other]) for name, other in spec.gains]
    missing = lacking(spec, records)
    runs, left = (sum(len(seeds) for _, seeds in each) for each in ([(row, row.seeds) for row in spec.rows], missing))
    yield f"{spec.name}, scale {spec.scale}: {len(spec.rows)} rows, {runs} runs, {left} of them missing"
    yield f"plan        {spec.plan or 'none: the yaml names no hypothesis'}"
    yield f"hypothesis  {spec.hypothesis or 'none'}"
    names = [f"{row.name} against {other.name}" for row, other in pairs]
    names += [f"gain of {row.name} against gain of {other.name}" for row, other in gains]
    yield f"primary     {'; '.join(names) or 'none'}"
    yield f"margin      {'none' if spec.margin is None else f'{spec.margin:g} points of accuracy'}"
    if spec.tuning:
        grid = f"{', '.join(map(str, spec.tuning.rates))} tried with each row"
        command = f"not yet: `snnexp tune {spec.name} --scale {spec.scale}`"
        yield f"rates       {grid}, {command if spec.untuned else 'the best on validation chosen'}"
    yield from power(spec, [*((*pair, 1.0) for pair in pairs), *((*pair, 2**0.5) for pair in gains)], records, assumed)
    yield f"time        {hours(missing, records, assumed)}"


def power(
    spec: Spec, pairs: Sequence[tuple[Row, Row, float]], records: Sequence[RunRecord], assumed: Assumed
) -> Iterator[str]:
    """Say how small an effect the primary comparisons can show, and how many seeds show the one that matters.

    Each pair of rows has by how much more its values spread than accuracies do: a gain, the difference of two, 1.41.
    """
    std, source = spread(spec, records, assumed)
    if std is None or not pairs:
        yield f"detectable  not known: {source if pairs else 'no comparison is primary'}"
        return
    data = [condition(row).composed.config["dataset"] for row, _, _ in pairs]
    overlap = max((of_fold(each["folds"], used(each)) for each in data if each["folds"]), default=None)
    level, widest = LEVEL / len(pairs), std * max(wider for _, _, wider in pairs)
    sizes = [((len(row.seeds), len(other.seeds)), wider) for row, other, wider in pairs]
    smallest = max(detectable_with(n, wider * std, level, overlap) for n, wider in sizes)
    yield f"spread      standard deviation of {std:.2f} points, {source}"
    test = f"with a power of {POWER:g} at the level {LEVEL:g} / {len(pairs)}, Holm's first"
    yield f"detectable  {smallest:.2f} points with the seeds planned, {test}"
    effect = assumed.effect or spec.margin
    if effect is None:
        yield "seeds       not known: neither a margin in the yaml nor --effect says which difference matters"
    else:
        shown = first(lambda n: detectable_with((n, n), widest, level, overlap) <= effect)
        yield f"seeds       {shown} a row to show {effect:g} points"
    if spec.margin is not None:
        alike = first(lambda n: equivalent_with(n, widest, spec.margin or 0.0, level, overlap))
        yield f"equivalence {alike} a row to show that equal rows differ by less than {spec.margin:g} points"


def spread(spec: Spec, records: Sequence[RunRecord], assumed: Assumed) -> tuple[float | None, str]:
    """Return the deviation of accuracy over the seeds of a row, pooled over the rows, and whence it is known."""
    if assumed.std is not None:
        return assumed.std, "as given"
    groups = [[100 * each.test_accuracy for each in records if each.row == row.name] for row in spec.rows]
    groups = [group for group in groups if len(group) > 1]
    if not groups:
        return None, "no row has two finished runs; give --std POINTS, or train some seeds"
    squares = sum(central.variance(group) * (len(group) - 1) for group in groups)
    df = sum(len(group) - 1 for group in groups)
    return math.sqrt(squares / df), f"of {sum(map(len, groups))} finished runs of {len(groups)} rows"


def first(enough: Callable[[int], bool]) -> str:
    """Return the least number of seeds that is enough."""
    return str(next((n for n in range(ENOUGH, MOST + 1) if enough(n)), f"more than {MOST:,}"))


def hours(missing: Sequence[tuple[Row, Sequence[int]]], records: Sequence[RunRecord], assumed: Assumed) -> str:
    """Return how long the missing runs take, one after the other, as far as that is known."""
    took = seconds(missing, records, assumed)
    if unknown := [row.name for row, _ in missing if row.name not in took]:
        return f"not measured for {', '.join(unknown)}; train a seed of each, or give --epoch-seconds S"
    if not missing:
        return "nothing is missing"
    total = sum(took[row.name] * len(seeds) for row, seeds in missing) / 3600
    devices = sorted({each.device for each in records if each.row in took})
    sources = [f"finished runs on {', '.join(devices)}"] if devices else []
    if {row.name for row, _ in missing} - {each.row for each in records if each.seconds is not None}:
        sources.append("--epoch-seconds")
    return f"{total:.2f} hours for the missing runs, one after the other, by {' and '.join(sources)}"


def seconds(
    missing: Sequence[tuple[Row, Sequence[int]]], records: Sequence[RunRecord], assumed: Assumed
) -> Mapping[str, float]:
    """Return the seconds of a run of each row: the median of its finished ones, else its epochs by an epoch's."""
    known = {}
    for row, _ in missing:
        took = [each.seconds for each in records if each.row == row.name and each.seconds is not None]
        if took:
            known[row.name] = central.median(took)
        elif assumed.epoch_seconds is not None:
            known[row.name] = assumed.epoch_seconds * condition(row).composed.config["trainer"]["epochs"]
    return known
