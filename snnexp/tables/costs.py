"""What the papers' tables cost, from seconds an epoch: `python -m snnexp.tables.costs` writes docs/scaling.md."""

import heapq
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snnexp import tables
from snnexp.config.places import options
from snnexp.files.tabular import to_markdown
from snnexp.runs.finished import counted
from snnexp.tables import pages

BOX = 8  # GPUs of the box that docs/scaling.md speaks of
NUMBERS = {False: "float32", "tf32": "float32 with products in TF32", True: "bfloat16 where autocast allows it"}
UNMEASURED = "not measured yet"


@dataclass(frozen=True)
class EpochTime:
    """Seconds that an epoch took, its test counted, and on what."""

    config: Mapping[str, Any]
    exp: str
    device: str
    seconds: float


def main(arguments: list[str]) -> int:
    """Write the costs by the runs below a folder (results/gpu) on GPUs.

    Raises:
        UserError: no docs/scaling.md with its marks, or a result that was changed since it was written.
    """
    measured = list(read(Path(arguments[0] if arguments else "results/gpu")))
    pages.replace(Path("docs/scaling.md"), "costs", section(measured))
    return 0


def read(folder: Path) -> Iterator[EpochTime]:
    """Yield the finished runs on GPUs below a folder: the median of their epochs less the first, which compiles."""
    for run in counted(path.parent for path in sorted(folder.glob("*/*/result.json"))):
        epochs = [row["seconds"] for row in run.rows]
        if run.config["device"].startswith("cuda") and len(epochs) > 1:
            yield EpochTime(run.config, run.result["exp"], run.result["device"], statistics.median(epochs[1:]))


def section(measured: Sequence[EpochTime]) -> str:
    """Return the generated part of the page."""
    names = [name for name, path in options("table").items() if "\nfull:" in path.read_text()]
    head = ["table", "trainings", "GPU hours", "hours on eight GPUs", "hours with a GPU for each"]
    costs = to_markdown(head, (line(name, measured) for name in names))
    lines = [f"- {in_words(each)}." for each in measured] or ["No seconds an epoch are measured on a GPU yet."]
    return "\n".join([costs, "", *lines]) + "\n"


def line(name: str, measured: Sequence[EpochTime]) -> list[str]:
    """Return a table's costs, where each of its rows has been measured."""
    rows = tables.request(name, "full").rows
    found = {row.name: hours_of(tables.condition(row).composed.config, measured) for row in rows}
    known = {row: each for row, each in found.items() if each is not None}
    trainings = sum(len(row.seeds) for row in rows)
    if len(known) < len(rows):
        part = f" ({len(known)} of {len(rows)} rows are)" if known else ""
        return [f"`{name}`", str(trainings), f"{UNMEASURED}{part}", "", ""]
    each = [known[row.name] for row in rows for _ in row.seeds]
    hours = sum(each), on_gpus(each, BOX), max(each)
    return [f"`{name}`", str(trainings), *(f"{time:.1f}" for time in hours)]


def hours_of(config: Mapping[str, Any], measured: Sequence[EpochTime]) -> float | None:
    """Return the hours of a training, by a run that computes the same in an epoch; None where there is none."""
    seconds = [each.seconds for each in measured if work(each.config) == work(config)]
    return statistics.median(seconds) * config["trainer"]["epochs"] / 3600 if seconds else None


def work(config: Mapping[str, Any]) -> list[Any]:
    """Return what an epoch's time depends on: data, network, steps, batch, kinds of norm, neuron, regularizers."""
    regularizers = sorted(part["_target_"] for part in config["regularizer"].values())
    kinds = [config[group]["_target_"] for group in ("dataset", "norm", "neuron")]
    return [*kinds, config["backbone"], config["T"], config["trainer"]["batch_size"], regularizers]


def on_gpus(hours: Sequence[float], count: int) -> float:
    """Return when the last of some trainings ends if each begins, the longest first, wherever a GPU is free."""
    free = [0.0] * count
    for each in sorted(hours, reverse=True):
        heapq.heappush(free, heapq.heappop(free) + each)
    return max(free)


def in_words(measured: EpochTime) -> str:
    """Return a measurement in words."""
    config = measured.config
    backbone = config["backbone"]["_target_"].rpartition(".")[2]
    numbers = NUMBERS[config["trainer"]["amp"]]
    what = f"`{measured.exp}`: {backbone}, T = {config['T']}, batch {config['trainer']['batch_size']}, {numbers}"
    return f"{what}, {measured.device}: {measured.seconds:.1f} s an epoch"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
