"""How a mistake is reported: the value in one line, and the right names nearest to a wrong one."""

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from snnexp.errors import UserError

# Keys that have moved, by what took their place.
MOVED = {"backbone.norm": "norm", "backbone.running": "norm.running"}
MOVED |= {"optimizer.decay": "optimizer.weight_decay_on"}


def show(value: Any) -> str:
    """Return a value as it would be typed, in one short line."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    text = text if text.isprintable() else repr(text)
    return text if len(text) <= 60 else f"{text[:57]}..."


def nearest(word: str, names: Iterable[str]) -> list[str]:
    """Return at most three names that `word` may mean: a key elsewhere, else one beside it, else any like it."""
    names = list(names)
    parent, dot, last = word.rpartition(".")
    elsewhere = [name for name in names if name.rpartition(".")[2] == last]
    beside = [name.rpartition(".")[2] for name in names if name.rpartition(".")[0] == parent]
    near = [f"{parent}{dot}{name}" for name in get_close_matches(last, beside)]
    others = [name for name in names if not word.startswith(f"{name}.")]
    return (elsewhere or near or get_close_matches(word, others, cutoff=0.75))[:3]


def suggest(word: str, names: Iterable[str], otherwise: str) -> str:
    """Return `did you mean ...?`, or `otherwise` where no name is near."""
    near = nearest(word, names)
    return f"did you mean {' or '.join(near)}?" if near else otherwise


def unknown_key(key: str, value: Any, known: Iterable[str]) -> UserError:
    """Return the error for a key that is none of `known`."""
    if key in MOVED:
        stored = "a run stored under the old key must be trained again"
        return UserError(f"{key}={show(value)}: has moved, write {MOVED[key]}={show(value)}; {stored}")
    known = list(known)
    siblings = [name for name in known if name.rpartition(".")[0] == key.rpartition(".")[0]]
    there = f"the keys there are {', '.join(siblings)}" if siblings else "`snnexp train --cfg job` prints all keys"
    return UserError(f"{show(key)}={show(value)}: no such key; {suggest(key, known, there)}")


def refuse_moved(config: Mapping[str, Any]) -> None:
    """Raise for the first key that stands where an earlier version had it."""
    for key in MOVED:
        name, _, last = key.partition(".")
        node = config.get(name)
        if isinstance(node, Mapping) and last in node:
            raise unknown_key(key, node[last], [])


def keys_of(config: Mapping[Any, Any], prefix: str = "") -> Iterator[str]:
    """Yield the full names of all groups and keys."""
    for name, value in config.items():
        if name != "_target_":
            yield f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from keys_of(value, f"{prefix}{name}.")


def leaves(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the plain values of a config by their full names; tuples as the lists that they are stored as."""
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", list(value) if isinstance(value, tuple) else value
