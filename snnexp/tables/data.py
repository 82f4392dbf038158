"""A table as data for programs: JSON with all there is, and CSV with a line for each metric of each line."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from snnexp.files import tabular
from snnexp.tables.base import Cell, Line, Table
from snnexp.tables.papers import PaperNumber
from snnexp.tables.verdict import Contrast

PAPER = ("value", "std", "confidence", "source")
COLUMNS = {"measured": ("mean", "std", "low", "high"), "paper": PAPER}
COMPARED = {  # of Comparison, of its Pairs, and of Judged
    "found": ("effect", "low", "high", "p", "g", "superiority"),
    "pairs": ("n", "p", "correlation"),
    "judged": ("p", "p_items", "detectable", "margin", "p_equivalent"),
}


def to_json(table: Table) -> str:
    """Return the table as JSON; figures are in the unit that the metric's title names."""
    spec = table.spec
    head = {"table": spec.name, "scale": spec.scale, "title": spec.title, "label": spec.label}
    head |= {"hypothesis": spec.hypothesis}
    lines = [line(each, table.contrasts) for each in table.lines]
    published = [plain(asdict(number)) for number in table.published]
    gains = [
        {"name": each.name} | compared(each)
        for each in table.contrasts
        if each.name.startswith("gain of ") and each.found
    ]
    return (
        json.dumps(head | {"lines": lines, "gains": gains, "published": published, "notes": table.notes}, indent=2)
        + "\n"
    )


def line(found: Line, contrasts: Sequence[Contrast]) -> dict[str, Any]:
    """Return a line with its metrics by name."""
    named = {"name": found.name, "ids": found.ids, "seeds": found.seeds, "few": found.few}
    metrics = {cell.metric.column: metric(cell, of(found, cell, contrasts)) for cell in found.cells}
    return named | {"missing": found.missing, "warnings": found.warnings, "metrics": metrics}


def of(found: Line, cell: Cell, contrasts: Sequence[Contrast]) -> list[Contrast]:
    """Return what a line is compared with in a metric."""
    return [each for each in contrasts if (each.name, each.metric.key) == (found.name, cell.metric.key)]


def metric(cell: Cell, contrasts: Sequence[Contrast]) -> dict[str, Any]:
    """Return one metric: statistics, the paper's number with its mark, and the comparisons."""
    number = cell.paper
    paper = number and {name: getattr(number, name) for name in PAPER}
    return {
        "title": cell.metric.heading,
        "measured": cell.summary and plain(asdict(cell.summary)),
        "paper": paper and plain(paper),
        "difference": None if cell.difference is None else rounded(cell.difference),
        "comparisons": [compared(each) for each in contrasts if each.found],
    }


def compared(contrast: Contrast) -> dict[str, Any]:
    """Return a comparison; what is not judged is marked by null."""
    found, among = contrast.found, contrast.judged
    assert found is not None
    own = {name: getattr(found, name) for name in COMPARED["found"]}
    pairs = {name: getattr(found.pairs, name) for name in COMPARED["pairs"]}
    judged = among and plain(
        {name: getattr(among, name) for name in COMPARED["judged"]} | {"verdict": contrast.verdict}
    )
    return {"against": contrast.against, "n": found.n} | plain(own) | {"pairs": plain(pairs), "judged": judged}


def plain(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Write figures as plain values."""
    numbers = float, Decimal
    return {name: rounded(value) if isinstance(value, numbers) else value for name, value in figures.items()}


def rounded(value: float | Decimal) -> float:
    """Return a number without the digits in which one machine differs from another."""
    return round(float(value), 10)


def to_csv(table: Table) -> str:
    """Write the table as CSV: a line for each metric of a line and of each comparison; empty where nothing is."""
    spec = table.spec
    head = {"table": spec.name, "scale": spec.scale, "label": spec.label}
    rows = [head | each for found in table.lines for cell in found.cells for each in rows_of(found, cell, table)]
    rows += [head | gain(each) for each in table.contrasts if each.name.startswith("gain of ") and each.found]
    rows += [head | other(number) for number in table.published]
    return tabular.to_csv(list(rows[0]), rows)  # the cells that a row has not stay empty


def other(number: PaperNumber) -> dict[str, Any]:
    """Return a line of a method that was not trained here."""
    return {"line": number.what, "metric": number.metric} | {f"paper_{name}": getattr(number, name) for name in PAPER}


def gain(contrast: Contrast) -> dict[str, Any]:
    """Return a line of what one row gains, beside another's gain."""
    return {"line": contrast.name, "metric": contrast.metric.heading} | flat(compared(contrast))


def rows_of(found: Line, cell: Cell, table: Table) -> list[dict[str, Any]]:
    """Return one metric of one line, for each other line that it is compared with."""
    figures = metric(cell, of(found, cell, table.contrasts))
    seeds = " ".join(map(str, found.seeds))
    named = {"line": found.name, "metric": cell.metric.heading, "n": len(found.seeds), "seeds": seeds}
    groups = {f"{group}_{name}": (figures[group] or {}).get(name) for group, names in COLUMNS.items() for name in names}
    behind = {"missing": found.missing, "warnings": "; ".join(found.warnings)}
    own = named | groups | {"difference": figures["difference"]}
    return [own | flat(each) | behind for each in figures["comparisons"] or [{}]]


def flat(comparison: Mapping[str, Any]) -> dict[str, Any]:
    """Return a comparison in the columns of a line."""
    judged, pairs = comparison.get("judged") or {}, comparison.get("pairs") or {}
    own = {f"comparison_{name}": comparison.get(name) for name in COMPARED["found"]}
    paired = {f"pairs_{name}": pairs.get(name) for name in COMPARED["pairs"]}
    among = {f"judged_{name}": judged.get(name) for name in (*COMPARED["judged"], "verdict")}
    return {"against": comparison.get("against")} | own | paired | among
