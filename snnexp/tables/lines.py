"""From records to a table: a line for each row and for what counts apart, with statistics and the paper's numbers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace

from snnexp.metrics import figures
from snnexp.metrics.base.figure import Figure
from snnexp.tables import papers, statistics
from snnexp.tables.base import Cell, Line, Row, RunRecord, Spec, Table
from snnexp.tables.contrasts import Records, contrasts, differ_in_data, lacking, overlap, values
from snnexp.tables.papers import PaperNumber

VERSIONS = ("snnexp", "commit", "torch", "device", "threads")  # what may change the numbers of one config
ALWAYS = {field.name for field in fields(RunRecord)}


def assemble(spec: Spec, records: Iterable[RunRecord]) -> Table:
    """Return the table of these records, whose order changes nothing."""
    found: dict[str, list[RunRecord]] = {row.name: [] for row in spec.rows}
    for record in sorted(records, key=lambda each: (each.row, each.seed)):
        found.setdefault(record.row, []).append(record)
    rows = [row_line(row, found[row.name]) for row in spec.rows]
    apart = [line(name, found[name]) for name in sorted(found.keys() - {row.name for row in spec.rows})]
    return Table(
        spec=spec,
        lines=tuple(shown([*rows, *apart])),
        contrasts=tuple(contrasts(spec, found)),
        published=tuple(papers.yardsticks({row.paper["dataset"] for row in spec.rows if is_main(row)})),
        notes=tuple([*notes(found), *planned(spec, found), *uncompared(spec, found)]),
    )


def is_main(row: Row) -> bool:
    """Return whether a row is one of a paper's main table, where it stands beside other methods."""
    return row.paper.get("table") == "main"


def shown(lines: Sequence[Line]) -> list[Line]:
    """Return the lines without the columns that no run has anything for."""
    kept = {cell.metric.key for line in lines for cell in line.cells if cell.summary} | ALWAYS
    return [replace(line, cells=tuple(cell for cell in line.cells if cell.metric.key in kept)) for line in lines]


def row_line(row: Row, own: Sequence[RunRecord]) -> Line:
    """Return the line of a row, beside the paper's numbers."""
    missing = lacking(row, own)
    return line(row.name, own, row, row.sweep(missing) if missing else None)


def planned(spec: Spec, found: Records) -> Iterator[str]:
    """Yield which plan the rows' runs were trained for: one that was changed since, or none, is named."""
    count = Counter(record.plan for row in spec.rows for record in found[row.name])
    if spec.plan and count:
        yield f"Plan {spec.plan}: {count[spec.plan]} of {count.total()} runs were trained for it."
    if spec.untuned:
        command = f"`snnexp tune {spec.name} --scale {spec.scale}`"
        yield f"Learning rates are not chosen yet, so no word is given; {command} chooses them."
    if spec.plan is None and any(map(spec.had, count)):
        yield "The yaml has no hypothesis any more, for which runs were trained: no word is given; put it back."
    if spec.plan or any(count):
        others = [f"{n} were trained for {plan or 'no plan'}" for plan, n in count.items() if plan != spec.plan]
        remedy = "; give another `runs_dir` to train them for this one" if spec.plan else ""
        yield from (f"{other}{remedy}." for other in others)


def uncompared(spec: Spec, found: Records) -> Iterator[str]:
    """Yield the rows that are not compared though they might be."""
    for row in spec.rows:
        for other in row.against:
            if found[row.name] and found[other] and differ_in_data(row.name, other, found):
                yield f"{row.name} is not compared with {other}: their data differ."


def line(name: str, own: Sequence[RunRecord], row: Row | None = None, missing: str | None = None) -> Line:
    """Return the figures of one line."""
    return Line(
        name=name,
        seeds=tuple(record.seed for record in own),
        ids=tuple(sorted({record.id for record in own})),
        cells=tuple(cell(metric, own, row) for metric in figures.columns()),
        missing=missing,
        folds=next((record.folds for record in own if record.folds), None),
        warnings=tuple(sorted({record.warnings for record in own if record.warnings})),
    )


def cell(metric: Figure, own: Sequence[RunRecord], row: Row | None) -> Cell:
    """Return one metric of one line."""
    found = list(values(metric, own).values())
    return Cell(
        metric=metric,
        summary=statistics.summarize(found, overlap(own)) if found else None,
        paper=paper_number(metric, row) if row else None,
    )


def paper_number(metric: Figure, row: Row) -> PaperNumber | None:
    """Return the paper's number for a row, if it has one."""
    return papers.lookup(**row.paper, metric=metric.paper) if row.paper and metric.paper else None


def notes(found: Records) -> Iterator[str]:
    """Yield notes: versions and device, once where all runs share them, else by line; then the data."""
    records = [record for group in found.values() for record in group]
    shared = {name: distinct(records, name) for name in VERSIONS}
    same = [f"{name} {values[0]}" for name, values in shared.items() if len(values) == 1 and values != ["None"]]
    if same:
        yield f"All runs: {', '.join(same)}."
    for name, all_of_them in shared.items():
        if len(all_of_them) > 1:
            each = (f"{row}: {', '.join(distinct(group, name))}" for row, group in found.items() if group)
            yield f"Runs differ in {name}: {'; '.join(each)}."
    yield from times(records)
    if records:
        yield f"Data: {'; '.join(distinct(records, 'data'))}."
    for row, group in found.items():
        if len(distinct(group, "data")) > 1:
            yield f"Runs of {row} differ in data: {'; '.join(distinct(group, 'data'))}."


def times(records: Sequence[RunRecord]) -> Iterator[str]:
    """Yield how long the runs took on each device, one after the other; nothing of runs whose seconds were not kept."""
    if all(record.seconds is not None for record in records):
        for device in sorted({record.device for record in records}):
            took = [record.seconds or 0.0 for record in records if record.device == device]
            yield f"Time: {len(took)} runs took {sum(took):.0f} s in all on {device}, each from its last start."


def distinct(records: Iterable[RunRecord], name: str) -> list[str]:
    """Return the values of a field in words, each once."""
    values = sorted({str(getattr(record, name)) for record in records})
    return [re.sub(r"\b[0-9a-f]{40}\b", lambda hash: hash[0][:10], value) for value in values]
