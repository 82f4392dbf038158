"""A table as data for programs: JSON with all there is, and CSV with a line for each metric of each line."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from snnexp.tables.base import Cell, Line, Table

COLUMNS = {
    "measured": ("mean", "std", "low", "high"),
    "paper": ("value", "std", "confidence", "source"),
    "comparison": ("pairs", "effect", "low", "high", "p", "verdict"),
}


def to_json(table: Table) -> str:
    """The table as JSON; figures are in the unit that the metric's title names."""
    spec = table.spec
    head = {"table": spec.name, "scale": spec.scale, "title": spec.title, "label": spec.label}
    return json.dumps(head | {"lines": [line(each) for each in table.lines], "notes": table.notes}, indent=2) + "\n"


def line(found: Line) -> dict[str, Any]:
    """A line with its metrics by name."""
    named = {"name": found.name, "ids": found.ids, "seeds": found.seeds, "fewer_than_three": found.few}
    metrics = {cell.metric.column: metric(cell) for cell in found.cells}
    behind = {"against": found.against, "missing": found.missing, "warnings": found.warnings}
    return named | behind | {"metrics": metrics}


def metric(cell: Cell) -> dict[str, Any]:
    """One metric: statistics, the paper's number with its mark, and the comparison."""
    number = cell.paper
    paper = number and {name: getattr(number, name) for name in COLUMNS["paper"]}
    comparison = cell.comparison and asdict(cell.comparison) | {"verdict": cell.verdict}
    return {
        "title": cell.metric.heading,
        "measured": cell.summary and plain(asdict(cell.summary)),
        "paper": paper and plain(paper),
        "difference": None if cell.difference is None else rounded(cell.difference),
        "comparison": comparison and plain(comparison),
    }


def plain(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Figures as they are written."""
    numbers = float, Decimal
    return {name: rounded(value) if isinstance(value, numbers) else value for name, value in figures.items()}


def rounded(value: float | Decimal) -> float:
    """A number without the digits in which one machine differs from another."""
    return round(float(value), 10)


def to_csv(table: Table) -> str:
    """The table as CSV: a line for each metric of each line, an empty cell for what there is not."""
    spec = table.spec
    head = {"table": spec.name, "scale": spec.scale, "label": spec.label}
    rows = [head | row(each, cell) for each in table.lines for cell in each.cells]
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def row(found: Line, cell: Cell) -> dict[str, Any]:
    """One metric of one line."""
    figures = metric(cell)
    seeds = " ".join(map(str, found.seeds))
    named = {"line": found.name, "metric": cell.metric.heading, "n": len(found.seeds), "seeds": seeds}
    groups = {f"{group}_{name}": (figures[group] or {}).get(name) for group, names in COLUMNS.items() for name in names}
    behind = {"difference": figures["difference"], "against": found.against, "missing": found.missing}
    return named | groups | behind | {"warnings": "; ".join(found.warnings)}
