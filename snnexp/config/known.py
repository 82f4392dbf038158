"""Groups of a config that were validated before: what a config shares with a finished run is right."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Known = Callable[[Path], Sequence[Mapping[str, Any]]]  # the validated configs of the runs in a folder


def nothing(folder: Path) -> Sequence[Mapping[str, Any]]:
    """Return no config."""
    return ()


def validated(config: Mapping[str, Any], key: str, known: Sequence[Mapping[str, Any]]) -> Any:
    """Return a config's group as one of the known configs has it, validated; None where none has it."""
    return next((each[key] for each in known if key in each and stands_for(each[key], config[key])), None)


def stands_for(known: Any, value: Any) -> bool:
    """Return whether a validated value is what validating this one gives: 1 may be 1.0, a tuple is stored as a list.

    Groups of keys have the same keys, and the groups among these the same order, in which they act.
    """
    if isinstance(value, Mapping):
        same = isinstance(known, Mapping) and known.keys() == value.keys() and groups(known) == groups(value)
        return same and all(stands_for(known[name], each) for name, each in value.items())
    if isinstance(value, list | tuple):
        same = isinstance(known, list | tuple) and len(known) == len(value)
        return same and all(map(stands_for, known, value))
    return type(known) in ((int, float) if type(value) is int else (type(value),)) and known == value


def groups(node: Mapping[str, Any]) -> list[str]:
    """Name the groups among a node's keys, in their order."""
    return [name for name, each in node.items() if isinstance(each, Mapping)]
