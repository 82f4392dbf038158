"""All rows of a table tuned alike: each has that learning rate of one grid which does best on validation."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

import yaml

from snnexp.config.places import existing, options
from snnexp.errors import UserError
from snnexp.runs import finished
from snnexp.tables import tried
from snnexp.tables.base import Row, Spec

Trials = Mapping[float, Sequence[float]]  # the accuracies that a rate has on validation, one a seed


def trials(spec: Spec) -> dict[tuple[str, float], Row]:
    """Return what is trained to try each rate with each row: on seeds of their own, and with validation held out.

    Raises:
        UserError: the table names no grid.
    """
    if spec.tuning is None:
        remedy = "write into its yaml, as tuning: {rates: [0.03, 0.1, 0.3], seeds: [101], validation: 0.1}"
        raise UserError(f"table {spec.name}: scale {spec.scale} names no learning rates to try; {remedy}")
    held = f"dataset.validation={spec.tuning.validation}"
    shared = {"seeds": spec.tuning.seeds, "plan": None}
    return {
        (row.name, rate): replace(row, overrides=(*row.overrides, held), rate=rate, **shared)
        for row in spec.rows
        for rate in spec.tuning.rates
    }


def choose(spec: Spec, folders: Mapping[tuple[str, float], Sequence[Path]], config_dir: str | None = None) -> list[str]:
    """Write the best rate of each row into the table's yaml, by the trials' runs; return what to report."""
    found: dict[str, dict[float, list[float]]] = {row.name: {} for row in spec.rows}
    for (name, rate), runs in folders.items():
        found[name][rate] = [finished.read(run).rows[-1]["validation_accuracy"] for run in runs]
    path = options("table", existing(config_dir))[spec.name]
    path.write_text(written(path.read_text(), spec, found, tried(spec)))
    return [*map(in_words, found, found.values()), f"written into {path}; its plan is another one now"]


def best(tried: Trials) -> float:
    """Return the rate with the highest mean accuracy; of equals the lowest."""
    return max(sorted(tried), key=lambda rate: mean(tried[rate]))


def in_words(name: str, tried: Trials) -> str:
    """Say what a row's rate was chosen from, and whether a better one may lie beyond the grid."""
    edge = "; at the edge of the grid" if len(tried) > 1 and best(tried) in (min(tried), max(tried)) else ""
    return f"{scalar(name)}: {scalar(best(tried))}  # {accuracies(tried)}{edge}"


def accuracies(tried: Trials) -> str:
    """Write each rate with its mean accuracy: `0.05: 31.20, 0.1: 33.10`."""
    return ", ".join(f"{rate}: {100 * mean(found):.2f}" for rate, found in tried.items())


def scalar(value: str | float) -> str:
    """Write a value as YAML does: a text quoted where it must be, and 0.00001, which it reads as a text, as 1.0e-05."""
    return yaml.safe_dump(value, width=1000).removesuffix("\n").removesuffix("\n...")


def written(text: str, spec: Spec, found: Mapping[str, Trials], of: str) -> str:
    """Return a table's yaml with the rate of each row in place of those before.

    Raises:
        UserError: it is not written with one key a line, so that it is left as it is.
    """
    command = f"snnexp tune {spec.name} --scale {spec.scale}"
    block = [f"  tuned:  # by `{command}`: accuracy on validation (%) by rate", f"    of: {scalar(of)}", "    rates:"]
    block += [f"      {in_words(name, each)}" for name, each in found.items()]
    lines = text.splitlines()
    start = lines.index(f"{spec.scale}:") + 1 if f"{spec.scale}:" in lines else len(lines)
    end = next((n for n, line in enumerate(lines[start:], start) if line[:1] not in (" ", "")), len(lines))
    changed = "\n".join([*lines[:start], *without_rates(lines[start:end]), *block, *lines[end:]]) + "\n"
    rates = {name: best(each) for name, each in found.items()}
    if tuned(changed, spec.scale) != {"of": of, "rates": rates}:
        told_lines = "\n".join(block)
        raise UserError(f"table {spec.name}: its yaml has not one key a line; put this into it by hand:\n{told_lines}")
    return changed


def tuned(text: str, scale: str) -> object:
    """Read what a yaml's text says of a scale's rates; None where it says nothing, or is no yaml."""
    try:
        return yaml.safe_load(text)[scale].get("tuned")
    except (yaml.YAMLError, KeyError):
        return None


def without_rates(lines: Sequence[str]) -> list[str]:
    """Return a scale's lines less those of rates that were chosen before."""
    kept, inside = [], False
    for line in lines:
        inside = line.startswith("  tuned:") or (inside and line.startswith("   "))
        if not inside:
            kept.append(line)
    return kept
