"""`configs/table/<name>.yaml`: which experiments make up a table, at scale `full` (the paper's), `gpu` or `small`."""

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from snnexp.config.hints import show, suggest, unknown_key
from snnexp.config.places import describe, existing, options
from snnexp.config.values import coerce
from snnexp.errors import UserError
from snnexp.tables.base import Row, Spec, Tuning

SCALES = ("full", "gpu", "small")
# Keys with their types; what holds keys of its own is checked where it is read.
ROWS = str | list[str]  # one, or several
SHARED = {"overrides": str, "seeds": list[int], "paper": Any}
SCALE = {"label": str, "rows": list} | SHARED | {"hypothesis": str, "primary": ROWS, "margin": float}
SCALE |= {"gains": Any, "tuning": Any, "tuned": Any}
TUNING = {"rates": list[float], "seeds": list[int], "validation": float}
TUNED = {"of": str, "rates": Any}
ROW = {"name": str, "exp": str} | SHARED | {"against": ROWS}
PAPER = {"paper": str, "table": str, "dataset": str, "backbone": str, "T": int | None, "method": str}


def read(name: str, scale: str | None = None, config_dir: str | None = None) -> Spec:
    """Return a table by its name, ours or that of a user's folder; of its scales the first, where none is named.

    Raises:
        UserError: no such table or scale, or a yaml that is wrong, in one line with the remedy.
    """
    folder = existing(config_dir)
    tables = options("table", folder)
    if name not in tables:
        there = f"there are {', '.join(tables)}"
        raise UserError(f"{name}: no such table; {suggest(name, tables, there)}")
    return parse(name, describe(tables[name]), tables[name].read_text(), scale, folder)


def parse(name: str, title: str, text: str, scale: str | None = None, folder: Path | None = None) -> Spec:
    """Return the table that a yaml's text describes; its experiments are ours, and those of a user's folder.

    Raises:
        UserError: as `read`.
    """
    try:
        scales = mapping("", yaml.safe_load(text), dict.fromkeys(SCALES, Any))
        chosen = scale or next((each for each in SCALES if each in scales), SCALES[0])
        if chosen not in scales:
            raise UserError(f"no scale {chosen}; there is {' and '.join(scales) or 'none'}")
        shared = mapping(chosen, scales[chosen], SCALE, required=("label", "rows"))
        experiments = options("exp", folder)
        given = enumerate(shared["rows"])
        rows = tuple(row(f"{chosen}.rows.{number}", each, shared, experiments) for number, each in given)
        check_names(rows)
        decided = decision(chosen, shared, rows)
        tuning, rates = tuned(chosen, shared, rows)
        rows = tuple(replace(each, rate=rates.get(each.name)) for each in rows)
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"table {name}: {error}") from error
    return Spec(name=name, title=title, scale=chosen, label=shared["label"], rows=rows, tuning=tuning, **decided)


def row(key: str, given: Any, shared: Mapping[str, Any], experiments: Collection[str]) -> Row:
    """Return a row; overrides, seeds and the paper's key are what the rows of its scale share, and its own."""
    own = mapping(key, given, ROW, required=("name", "exp"))
    if own["exp"] not in experiments:
        remedy = suggest(own["exp"], experiments, "`snnexp ls` lists the experiments")
        raise UserError(f"{key}.exp={show(own['exp'])}: no such experiment; {remedy}")
    seeds = own.get("seeds", shared.get("seeds", []))
    if not seeds or not are_seeds(seeds):
        raise UserError(f"{key}.seeds={show(seeds)}: must be different numbers from 0 on, as in [1, 2, 3]")
    return Row(
        name=own["name"],
        exp=own["exp"],
        overrides=tuple(word for each in (shared, own) for word in shlex.split(each.get("overrides", ""))),
        seeds=tuple(seeds),
        paper=paper_key(f"{key}.paper", shared.get("paper", {}), own.get("paper", {})),
        against=several(own.get("against", ())),
    )


def decision(key: str, shared: Mapping[str, Any], rows: Sequence[Row]) -> dict[str, Any]:
    """Return what is to be decided by a scale's rows: hypothesis, primary rows and margin, as far as they are given."""
    compared = [row.name for row in rows if row.against]
    primary, margin = several(shared.get("primary", ())), shared.get("margin")
    for name in primary:
        check_compared(f"{key}.primary={show(name)}", name, compared)
    if margin is not None and margin <= 0:
        raise UserError(f"{key}.margin={show(margin)}: must be above 0, in points of accuracy, as 0.5")
    gains = mapping(f"{key}.gains", shared.get("gains", {}), dict.fromkeys(compared, str))
    for name, other in gains.items():
        check_compared(f"{key}.gains.{name}={other}", other, [each for each in compared if each != name])
        check_apart(f"{key}.gains.{name}={other}", [row for row in rows if row.name in (name, other)])
    decided = {"hypothesis": shared.get("hypothesis"), "primary": primary, "margin": margin}
    return decided | {"gains": tuple(gains.items())}


def check_compared(place: str, name: str, compared: Sequence[str]) -> None:
    """Refuse a name that stands for no row that is compared with another."""
    if name not in compared:
        remedy = suggest(name, compared, f"those compared are {', '.join(compared) or 'none'}")
        raise UserError(f"{place}: no row of that name is compared with another; {remedy}")


def check_apart(place: str, rows: Sequence[Row]) -> None:
    """Refuse gains over several rows, or that share a row: they go together, which Welch's test does not know."""
    if any(len(row.against) > 1 for row in rows):
        raise UserError(f"{place}: a gain is over one row; give each of the two one `against`")
    if len({*(row.name for row in rows), *(row.against[0] for row in rows)}) < 4:
        raise UserError(
            f"{place}: the two gains share a row; compare {' with '.join(row.name for row in rows)} instead"
        )


def tuned(key: str, shared: Mapping[str, Any], rows: Sequence[Row]) -> tuple[Tuning | None, Mapping[str, float]]:
    """Return a scale's grid of learning rates, and the rates that were chosen, where they were."""
    if "tuning" not in shared:
        if "tuned" in shared:
            raise UserError(f"{key}.tuned: nothing says what was tried; give {key}.tuning, too")
        return None, {}
    grid = mapping(f"{key}.tuning", shared["tuning"], TUNING, required=TUNING)
    seeds = {seed for row in rows for seed in row.seeds}
    if not grid["rates"] or min(grid["rates"]) <= 0 or len({*grid["rates"]}) < len(grid["rates"]):
        raise UserError(f"{key}.tuning.rates={show(grid['rates'])}: must be different numbers above 0, as [0.03, 0.1]")
    if seeds & {*grid["seeds"]} or not grid["seeds"] or not are_seeds(grid["seeds"]):
        remedy = "must be others than the rows', which judge what was chosen; as [101]"
        raise UserError(f"{key}.tuning.seeds={show(grid['seeds'])}: {remedy}")
    if not 0 < grid["validation"] < 1:
        remedy = "must be a share of the training set, as 0.1; rates are chosen by it"
        raise UserError(f"{key}.tuning.validation={show(grid['validation'])}: {remedy}")
    found = mapping(f"{key}.tuned", shared.get("tuned", {}), TUNED, required=TUNED if "tuned" in shared else ())
    names = dict.fromkeys((row.name for row in rows), float)
    rates = mapping(f"{key}.tuned.rates", found.get("rates", {}), names, required=names if found else ())
    for name, rate in rates.items():
        if rate not in grid["rates"]:
            remedy = f"was not tried; `snnexp tune` chooses among {', '.join(map(show, grid['rates']))}"
            raise UserError(f"{key}.tuned.rates.{name}={show(rate)}: {remedy}")
    each = {name: tuple(grid[name]) for name in ("rates", "seeds")}
    return Tuning(**each, validation=grid["validation"], tried=found.get("of")), rates


def are_seeds(given: Sequence[int]) -> bool:
    """Return whether numbers are seeds, each once."""
    return len({*given}) == len(given) and all(seed >= 0 for seed in given)


def several(names: str | Iterable[str]) -> tuple[str, ...]:
    """Return one name or several, as several."""
    return (names,) if isinstance(names, str) else tuple(names)


def paper_key(key: str, shared: Any, own: Any) -> dict[str, Any]:
    """Return the whole key of a paper's number; empty where a row adds nothing to what its scale shares."""
    merged = mapping(key, shared, PAPER) | mapping(key, own, PAPER)
    return mapping(key, merged, PAPER, required=PAPER) if own else {}


def mapping(key: str, value: Any, known: Mapping[str, Any], required: Iterable[str] = ()) -> dict[str, Any]:
    """Return a mapping, once its keys are known, their values of the right types, and all required ones there."""
    prefix = f"{key}." if key else ""
    if not isinstance(value, dict):
        raise UserError(f"{key or 'content'}={show(value)}: must be a group of keys, such as {', '.join(known)}")
    for name, each in value.items():
        if name not in known:
            raise unknown_key(f"{prefix}{name}", each, [f"{prefix}{name}" for name in known])
        coerce(f"{prefix}{name}", each, known[name])
    for name in required:
        if name not in value:
            raise UserError(f"{prefix}{name}: missing; a table needs it")
    return value


def check_names(rows: Iterable[Row]) -> None:
    """Refuse names that stand for no row, or for two, and a row that is compared with another twice."""
    names = [row.name for row in rows]
    for row in rows:
        if names.count(row.name) > 1:
            raise UserError(f"name={show(row.name)}: two rows have it; give each a name of its own")
        for other in row.against:
            if other not in {*names} - {row.name}:
                remedy = suggest(other, names, f"there are {', '.join(names)}")
                raise UserError(f"row {row.name}: against={show(other)}: no other row has that name; {remedy}")
            if row.against.count(other) > 1:
                raise UserError(f"row {row.name}: against={show(other)}: named twice; leave one out")
