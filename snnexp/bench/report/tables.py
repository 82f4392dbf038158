"""The measured rows as tables."""

from collections.abc import Callable

import numpy as np

from snnexp.bench.report.base import Row, number, select, table


def place(rows: list[Row]) -> str:
    """Return the machine and the commit that the rows were measured on."""
    row = rows[0]
    commit, _, dirty = row["commit"].partition("-")
    state = f"commit {commit[:10]}{' with changes' if dirty else ''}" if commit else "no commit"
    return f"{row['device']}, {row['threads']} threads, torch {row['torch']}, {state}"


def contenders(rows: list[Row]) -> str:
    """Return all contenders on their cases."""
    rate = "gb_per_second" if rows[0]["gb_per_second"] else "samples_per_second"
    head = "contender|freed memory|dtype, layout|case|shape|T|ms, median (p20-p80)|MiB"
    unit = "GB/s" if rate == "gb_per_second" else "images/s"
    return table(f"{head}|{unit}|time to ours", [line(row, rate) for row in rows])


def line(row: Row, rate: str) -> list[str]:
    """Return one contender's cells."""
    version = row["version"] if row["package"] not in ("snnexp", "torch") else ""
    who = " ".join(filter(None, [row["contender"], version]))
    case = row["case"] + (" with batch norm" if row["benchmark"] == "norm_lif" else "")
    p20, median, p80 = (number(row[column]) for column in ("p20_ms", "median_ms", "p80_ms"))
    cells = [
        who,
        row["memory"],
        f"{row['dtype']}, {row['layout']}",
        case,
        spaced(row["shape"]),
        row["T"],
        f"{median} ({p20}-{p80})",
    ]
    return [*cells, number(mebibytes(row)), number(row[rate]), number(row["ratio_to_ours"])]


def loaders(rows: list[Row]) -> str:
    """Return what the loaders deliver."""
    lines = [(row["case"], spaced(row["shape"]), number(row["samples_per_second"])) for row in rows]
    return table("data set and augmentation|batch|samples/s", lines)


def readers(rows: list[Row]) -> str:
    """Return what readers of recordings deliver."""
    lines = []
    for row in rows:
        who = row["contender"] if row["package"] == "snnexp" else f"{row['contender']} {row['version']}"
        lines.append((row["case"], who, row["N"], number(row["samples_per_second"]), number(row["ratio_to_ours"])))
    return table("recordings|reader|files|files/s|time to ours", lines)


def scaling(rows: list[Row]) -> str:
    """Return what a million more neurons cost: the slopes of the sweeps over N and over width."""
    costs = {"larger batches": select(rows, case="N"), "wider networks": select(rows, case="width")}
    lines = [(text, *slopes(found)) for text, found in costs.items() if len(found) > 1]
    head = "a million more neurons, T = 4, by|ms a step|MiB|fitted between, millions"
    return table(head, lines)


def slopes(rows: list[Row]) -> tuple[str, str, str]:
    """Time and memory by million neurons of the whole batch, least squares, and the range of the fit."""
    neurons = np.array([int(row["N"]) * int(row["neurons"]) / 1e6 for row in rows])
    ms = np.polyfit(neurons, [float(row["median_ms"]) for row in rows], 1)[0]
    memory = np.polyfit(neurons, [mebibytes(row) or 0.0 for row in rows], 1)[0]
    return number(ms), number(memory), f"{number(neurons.min())} and {number(neurons.max())}"


def mebibytes(row: Row) -> float | None:
    """Return what CUDA reserved, since a captured step allocates nothing again; on a CPU the rise during a run."""
    held = row["memory_reserved"] or row["memory_allocated"]
    return float(held) / 2**20 if held else None


def spaced(shape: str) -> str:
    """Write `2x3` as `2 x 3`."""
    return shape.replace("x", " x ")


TABLES: dict[str, Callable[[list[Row]], str]] = {
    "lif": contenders,
    "step": contenders,
    "inference": contenders,
    "data": loaders,
    "decode": readers,
    "scaling": scaling,
    "beside": contenders,
}
