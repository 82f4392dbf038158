"""Reading rows and writing numbers."""

import csv
from collections.abc import Iterable
from pathlib import Path

from snnexp.files.tabular import to_markdown
from snnexp.runs.finished import counted

OURS, TWIN, SPIKINGJELLY = "snnexp", "ReLU twin", "SpikingJelly"
Row = dict[str, str]
Rows = dict[str, list[Row]]  # of each file by its name
Found = tuple[float | None, tuple[float, float] | None]  # a ratio and its interval


def read(folder: Path) -> Rows:
    """Return the rows of each file by its name, as `lif-cpu`; no rows where a benchmark was not run.

    `fast` are the epochs of the run that `scripts/on_gpu fast` keeps beside the folder.
    """
    benchmarks = "lif", "step", "inference", "data", "decode", "scaling", "beside", "start"
    names = [f"{what}-{where}" for where in ("cpu", "cuda") for what in benchmarks]
    files = {name: folder / f"{name}.csv" for name in names}
    rows: Rows = {"fast": []} | {
        name: list(csv.DictReader(path.read_text().splitlines())) if path.exists() else []
        for name, path in files.items()
    }
    for run in counted(path.parent for path in folder.parent.glob("gpu/fast_cifar10/*/result.json")):
        rows["fast"] = [{name: str(value) for name, value in epoch.items()} for epoch in run.rows]
    return rows


def select(rows: Iterable[Row], **wanted: str) -> list[Row]:
    """Return the rows with these values."""
    return [row for row in rows if all(row[column] == value for column, value in wanted.items())]


def value(rows: Iterable[Row], column: str, **wanted: str) -> float | None:
    """Return the number in the row with these values, if it is there."""
    found = select(rows, **wanted)
    text = found[0].get(column) if found else None  # rows of an earlier version lack some
    return float(text) if text else None


def ratio(over: float | None, under: float | None) -> float | None:
    """Return over / under, where both are known."""
    return None if over is None or under is None else over / under


def compared(rows: list[Row], column: str, **wanted: str) -> Found:
    """Return a row's ratio and its interval, as far as they were measured."""
    middle, low, high = (value(rows, f"{column}{end}", **wanted) for end in ("", "_low", "_high"))
    return middle, None if low is None or high is None else (low, high)


def inverse(middle: float | None, interval: tuple[float, float] | None) -> Found:
    """Return the same comparison the other way round."""
    return middle and 1 / middle, interval and (1 / interval[1], 1 / interval[0])


def fastest(found: list[Found]) -> Found:
    """Return the least ratio, if all are known."""
    known = [(middle, interval) for middle, interval in found if middle is not None]
    return min(known, key=lambda each: each[0]) if len(known) == len(found) else (None, None)


def number(text: str | float | None) -> str:
    """Write a number with three significant digits, thousands separated; empty for nothing."""
    if text is None or text == "":
        return ""
    rounded = float(f"{float(text):.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:g}"


def shown(measured: float | None, interval: tuple[float, float] | None) -> str:
    """Return what was measured, with its 95 % interval."""
    if measured is None:
        return "not measured yet"
    return number(measured) + ("" if interval is None else f" [{number(interval[0])}, {number(interval[1])}]")


def table(head: str, lines: Iterable[Iterable[str]]) -> str:
    """Write lines as Markdown; `head` separates the names of their columns by |."""
    return to_markdown(head.split("|"), lines) + "\n"
