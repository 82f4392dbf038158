"""Reading rows and writing numbers."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path

Row = dict[str, str]


def read(folder: Path) -> dict[str, list[Row]]:
    """The rows of each file by its name, as `lif-cpu`; no rows where a benchmark was not run.

    `fast` are the epochs of the run that `scripts/on_gpu fast` keeps beside the folder.
    """
    names = [f"{what}-{where}" for where in ("cpu", "cuda") for what in ("lif", "step", "data", "scaling", "start")]
    files = {name: folder / f"{name}.csv" for name in names}
    rows: dict[str, list[Row]] = {"fast": []} | {
        name: list(csv.DictReader(path.read_text().splitlines())) if path.exists() else []
        for name, path in files.items()
    }
    for path in folder.parent.glob("gpu/fast_cifar10/*/metrics.jsonl"):
        epochs = map(json.loads, path.read_text().splitlines())
        rows["fast"] = [{name: str(value) for name, value in epoch.items()} for epoch in epochs]
    return rows


def select(rows: Iterable[Row], **wanted: str) -> list[Row]:
    """The rows with these values."""
    return [row for row in rows if all(row[column] == value for column, value in wanted.items())]


def value(rows: Iterable[Row], column: str, **wanted: str) -> float | None:
    """The number in the row with these values, if it is there."""
    found = select(rows, **wanted)
    text = found[0].get(column) if found else None  # rows of an earlier version lack some
    return float(text) if text else None


def ratio(over: float | None, under: float | None) -> float | None:
    """over / under, where both are known."""
    return None if over is None or under is None else over / under


def number(text: str | float | None) -> str:
    """Three figures that count, thousands separated; empty for nothing."""
    if text is None or text == "":
        return ""
    shown = float(f"{float(text):.3g}")
    return f"{shown:,.0f}" if abs(shown) >= 100 else f"{shown:g}"


def table(head: str, lines: Iterable[Iterable[str]]) -> str:
    """A markdown table; `head` separates its columns by |, of which the first is set to the left."""
    columns = head.split("|")
    rule = ["---"] + ["---:"] * (len(columns) - 1)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, rule, *lines)) + "\n"
