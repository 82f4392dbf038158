"""The finished runs that a table's rows ask for, each as a record; a run with a forgotten difference counts apart."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, get_args

from snnexp.config.compose import Composed
from snnexp.config.hints import leaves, show
from snnexp.config.settings import completed
from snnexp.errors import UserError
from snnexp.files.tabular import to_csv
from snnexp.metrics.figures import columns
from snnexp.runs import beginning
from snnexp.runs.finished import counted
from snnexp.runs.identity import NUMERICS, digest, distinctions, key
from snnexp.runs.results import Result, read_result
from snnexp.runs.status import is_finished
from snnexp.tables.base import Row, RunRecord

# what may differ from machine to machine
ELSEWHERE = ("device", "threads", "launch", "seed", "runs_dir", "plan", "logger", "dataset.root", "dataset.workers")
FIELDS = {field.name: field.type for field in fields(RunRecord) if field.name != "more"}
# what `record` makes of a result
LATER = ("row", "warnings", "threads", "fingerprint", "best_test_accuracy", "right")
LATER += ("plan", "folds", "trained", "config")
NEAR = 2  # keys in which a run may differ and still be shown: `trainer.epochs` is the schedule's period, too


@dataclass(frozen=True)
class Condition:
    """A row with the config it stands for."""

    row: Row
    composed: Composed

    @property
    def key(self) -> str:
        """What its runs share on whatever machine."""
        return key(self.composed.config)

    @property
    def folder(self) -> Path:
        """Where its runs lie."""
        return Path(self.composed.config["runs_dir"]) / self.composed.exp


def collect(conditions: Sequence[Condition]) -> list[RunRecord]:
    """Return a record of each finished run of the conditions, in their order, then by name and seed.

    Raises:
        UserError: a result that was changed since it was written.
    """
    found = {condition.folder: finished(condition.folder) for condition in conditions}
    keys = {condition.key for condition in conditions}
    records = []
    for condition in conditions:
        own = [result for result in found[condition.folder] if key(result["config"]) == condition.key]
        others = [result for result in found[condition.folder] if key(result["config"]) not in keys]
        lines = same(condition, own)
        missing = set(condition.row.seeds) - {result["seed"] for result in lines[condition.row.name]}
        lines |= variants(condition, [result for result in others if result["seed"] in missing])
        records += [record(name, result) for name in sorted(lines) for result in lines[name]]
    return records


def finished(folder: Path) -> list[Result]:
    """Return the results of the runs in an experiment's folder that count, by seed."""
    folders = [path.parent for path in sorted(folder.glob("*/result.json")) if is_finished(path.parent)]
    return sorted((run.result for run in counted(folders)), key=lambda result: (result["seed"], result["id"]))


@cache
def trained(folder: Path) -> list[Mapping[str, Any]]:
    """Return what the runs in an experiment's folder were trained with, as far as it is as it was written.

    Runs that end later are not seen, and prove nothing.
    """
    configs = []
    for path in sorted(folder.glob("*/result.json")):
        with suppress(UserError, OSError, KeyError):  # `collect` says so
            configs.append(completed(read_result(path.parent)["config"]))
    return configs


def same(condition: Condition, results: Iterable[Result]) -> dict[str, list[Result]]:
    """Return runs of a condition's config by the line they count for.

    Its own line takes the identity with most seeds among those of today's numerics that begin from the weights that the
    condition begins from, or from none; the others are of other data, code, device, threads, weights, or version of the
    numerics, and have lines of their own.
    """
    groups = defaultdict(list)
    for result in results:
        groups[result["id"]].append(result)
    records = {id: group[0].get("identity") for id, group in groups.items()}  # none in results of old
    today = [id for id, record in records.items() if record and record["numerics"] == NUMERICS]
    config = condition.composed.config
    begins = beginning.digest(config["init_from"], config["runs_dir"]) if config.get("init_from") else None
    today = [id for id in today if (records[id] or {}).get("init_from") == begins]
    own = max(today, key=lambda id: (len(groups[id]), id), default=None)
    lines = {condition.row.name: groups.pop(own, [])}
    for id, group in groups.items():
        lines[f"{condition.row.name} [{', '.join([*apart(records.get(own), records[id]), id])}]"] = group
    return lines


def apart(own: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> list[str]:
    """Return why runs have a line of their own."""
    return distinctions(own or {}, other) if own or not other else ["other numerics"]


def variants(condition: Condition, results: Iterable[Result]) -> dict[str, list[Result]]:
    """Return runs that differ from a condition in hardly anything, by a name with the difference and the identity."""
    lines = defaultdict(list)
    for result in results:
        changed = differences(condition.composed.config, result["config"])
        if 0 < len(changed) <= NEAR:
            words = [f"{name}={show(value)}" for name, value in changed.items()]
            lines[f"{condition.row.name} [{' '.join(words)}, {result['id']}]"].append(result)
    return lines


def differences(config: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys that decide the numbers and differ, with the other's values; None where it has no such key."""
    ours, theirs = (dict(leaves(completed(each))) for each in (config, other))
    names = [name for name in {**ours, **theirs} if not name.startswith(ELSEWHERE)]
    return {name: theirs.get(name) for name in names if ours.get(name) != theirs.get(name)}


def record(row: str, result: Result) -> RunRecord:
    """Return what is kept of a run."""
    own = [name for name in FIELDS if name not in LATER]
    data = result.get("identity", {}).get("data")  # neither stands in results of old
    since = {"threads": result.get("threads"), "fingerprint": data and digest(data)}
    since |= {"best_test_accuracy": result.get("best_test_accuracy")}
    since |= {"right": result.get("classification", {}).get("right"), "plan": result["config"].get("plan")}
    dataset = result["config"]["dataset"]
    since |= {"config": key(result["config"])}
    since |= {"folds": dataset.get("folds") or None, "trained": used(dataset) if dataset.get("folds") else None}
    warnings = "; ".join(result.get("warnings", [])) or None
    more = {each.column: each.value(result) for each in columns() if each.key not in FIELDS and each.column}
    more = {name: value for name, value in more.items() if value is not None}
    return RunRecord(row=row, warnings=warnings, **{name: result[name] for name in own}, **since, more=more)


def used(dataset: Mapping[str, Any]) -> float | None:
    """Return the part of the training set that is trained on, by a config of the data; None for all of it."""
    part = (1 - dataset.get("validation", 0)) * dataset.get("share", 1)  # neither stands in configs of old
    return part if part < 1 else None


def write(path: Path, records: Iterable[RunRecord]) -> None:
    """Write records as CSV, a missing value as an empty cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [plain(record) for record in records]
    more = sorted({name for row in rows for name in row} - {*FIELDS})
    path.write_text(to_csv([*FIELDS, *more], rows))


def plain(record: RunRecord) -> dict[str, Any]:
    """Return a record's cells by their columns."""
    cells = asdict(record)
    more = cells.pop("more")
    return cells | more


def read(path: Path) -> list[RunRecord]:
    """Return the records of a file that `write` made.

    Raises:
        UserError: a row has a seed twice.
    """
    with path.open(newline="") as file:
        found = [unplain(row) for row in csv.DictReader(file)]
    for (row, seed), count in Counter((each.row, each.seed) for each in found).items():
        if count > 1:
            raise UserError(f"{path}: {count} lines of {row!r} have seed {seed}; a seed counts once, delete the others")
    return found


def unplain(row: Mapping[str, str]) -> RunRecord:
    """Return the record of a row of cells."""
    own = {name: parse(text, FIELDS[name]) for name, text in row.items() if name in FIELDS}
    return RunRecord(**own, more={name: float(text) for name, text in row.items() if name not in FIELDS and text})


def parse(text: str, kind: Any) -> Any:
    """Return a cell as the field's type has it."""
    kinds = get_args(kind) or (kind,)
    return None if text == "" and NoneType in kinds else kinds[0](text)
