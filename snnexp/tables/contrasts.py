"""How rows of a table differ: each from those that it is compared with, and one's gain from another's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from snnexp.metrics import figures
from snnexp.metrics.base.figure import Figure
from snnexp.tables import items, statistics
from snnexp.tables.base import Row, RunRecord, Spec
from snnexp.tables.family import judge
from snnexp.tables.verdict import Contrast

Records = Mapping[str, Sequence[RunRecord]]


def contrasts(spec: Spec, found: Records) -> list[Contrast]:
    """Compare each row with those it names, and judge the primary comparisons together."""
    rows = {row.name: row for row in spec.rows}
    given = [
        replace(contrast(metric, row, rows[other], found), planned=for_plan(spec, [row.name, other], found))
        for row in spec.rows
        for other in row.against
        for metric in figures.columns()
        if metric.judged
    ]
    deciding = {row.name for row in spec.rows if spec.decides(row)}
    gains = [gain(spec, rows[name], rows[other], found) for name, other in spec.gains]
    family = [*(each for each in given if each.metric.verdicts and each.name in deciding), *gains]
    judged = iter(judge([each.found for each in family], spec.margin, [each.items for each in family]))
    return [replace(each, judged=next(judged)) if each in family else each for each in [*given, *gains]]


def for_plan(spec: Spec, names: Iterable[str], found: Records) -> bool:
    """Return whether all runs of these rows were trained for the table's plan, and that is made up.

    Runs of a table without one may have been trained for another table's, but for none that itself had.
    """
    plans = {record.plan for name in names for record in found[name]}
    return not spec.untuned and (plans <= {spec.plan} if spec.plan else not any(map(spec.had, plans)))


def gain(spec: Spec, row: Row, other: Row, found: Records) -> Contrast:
    """Compare what two rows gain in accuracy, each over what it is compared with: seed by seed, then by their means."""
    metric = next(each for each in figures.columns() if each.verdicts)
    rows = {each.name: each for each in spec.rows}
    bases = [rows[each.against[0]] for each in (row, other)]
    (own, whole), (others, all_others) = (
        gains(metric, each, base, found) for each, base in zip((row, other), bases, strict=True)
    )
    return Contrast(
        name=f"gain of {row.name}",
        against=f"gain of {other.name}",
        metric=metric,
        complete=whole and all_others,
        planned=for_plan(spec, [each.name for each in (row, other, *bases)], found),
        found=statistics.compare(own, others, overlap([*found[row.name], *found[other.name]])),
        items=items.compare_gains(*(right(planned(found, each)) for each in (row, bases[0], other, bases[1]))),
    )


def gains(metric: Figure, row: Row, base: Row, found: Records) -> tuple[dict[int, float], bool]:
    """Return by how much a row exceeds another in each seed that both were to have, and whether none is missing."""
    if differ_in_data(row.name, base.name, found):
        return {}, False
    ours, theirs = values(metric, found[row.name]), values(metric, found[base.name])
    seeds = {*row.seeds} & {*base.seeds}
    shared = sorted(seeds & ours.keys() & theirs.keys())
    return {seed: ours[seed] - theirs[seed] for seed in shared}, len(shared) == len(seeds)


def contrast(metric: Figure, row: Row, other: Row, found: Records) -> Contrast:
    """Return a row less another in one metric, and by the test items where it is what runs are judged by.

    Seeds that were not planned are left out: who trains until a difference shows would find one.
    """
    if differ_in_data(row.name, other.name, found):
        return Contrast(name=row.name, against=other.name, metric=metric, found=None)
    own, others = planned(found, row), planned(found, other)
    return Contrast(
        name=row.name,
        against=other.name,
        metric=metric,
        complete=not lacking(row, own) and not lacking(other, others),
        found=statistics.compare(values(metric, own), values(metric, others), overlap([*own, *others])),
        items=items.compare(right(own), right(others)) if metric.verdicts else None,
    )


def planned(found: Records, row: Row) -> list[RunRecord]:
    """Return the runs of a row's own seeds."""
    return [record for record in found[row.name] if record.seed in row.seeds]


def overlap(records: Iterable[RunRecord]) -> float | None:
    """Return the largest `of_fold` of runs that test folds; None of others."""
    return max((of_fold(each.folds, each.trained) for each in records if each.folds), default=None)


def of_fold(folds: int, trained: float | None) -> float:
    """Return the share of a fold over that of what is trained on: all the other folds, or a part of them."""
    return 1 / ((folds - 1) * (trained or 1.0))


def right(records: Sequence[RunRecord]) -> dict[int, str]:
    """Return the test items that each seed got right, where they were kept; of folds all those of the first division.

    Seeds 1 to k test each item once together, in an order that all conditions share.
    """
    kept = {record.seed: record.right for record in records if record.right}
    folds = next((record.folds for record in records if record.folds), None)
    if folds is None:
        return kept
    first = [kept[seed] for seed in range(1, folds + 1) if seed in kept]
    return {1: items.joined(first)} if len(first) == folds else {}


def differ_in_data(row: str, other: str, found: Records) -> bool:
    """Return whether two rows were trained on different data."""
    return len({(record.fingerprint, record.data) for record in [*found[row], *found[other]]}) > 1


def lacking(row: Row, records: Iterable[RunRecord]) -> list[int]:
    """Return the row's seeds that none of these runs has."""
    there = {record.seed for record in records if record.row == row.name}
    return [seed for seed in row.seeds if seed not in there]


def values(metric: Figure, records: Iterable[RunRecord]) -> dict[int, float]:
    """Return the metric by seed, as it is shown."""
    found = {record.seed: record.figure(metric) for record in records}
    return {seed: metric.scale * value for seed, value in found.items() if value is not None}
