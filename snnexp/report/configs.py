"""What the configs of groups differ in."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from snnexp.config.hints import leaves
from snnexp.config.settings import completed
from snnexp.report.base.runs import Group

APART = (
    "seed",
    "runs_dir",
    "plan",
    "logger",
    "dataset.root",
    "dataset.workers",
)  # keys that seeds and machines differ in


def differences(groups: Sequence[Group]) -> dict[str, list[Any]]:
    """Return the keys whose values differ between groups, with these values; None where a config has no such key."""
    configs = [dict(by_key(completed(group.config))) for group in groups]
    values = {name: [config.get(name) for config in configs] for name in dict.fromkeys(n for c in configs for n in c)}
    return {name: each for name, each in values.items() if any(value != each[0] for value in each)}


def by_key(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield a config's values by their keys; a part is named by its class, at the key of its group."""
    for name, value in leaves(config):
        group, _, last = name.rpartition(".")
        if name.startswith(APART):
            continue
        yield (group, str(value).rpartition(".")[2]) if last == "_target_" else (name, value)
