"""Writes the pages that are made from help texts, yamls and docstrings."""

import inspect
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

import yaml

from snnexp.commands import COMMANDS, main
from snnexp.config.places import config_folder, describe
from snnexp.config.targets import hyperparameters, resolve

LISTED = ("exp", "table")  # groups whose yamls are a line each
FIRST = ("exp", "table", "trainer", "dataset", "augment", "backbone", "neuron", "norm", "surrogate", "regularizer")

INTRODUCTION = """\
# Configs

Made from the yamls in `configs/` and the docstrings of what they name. A choice is changed by `GROUP=NAME` on the
command line, a key by `GROUP.KEY=VALUE`; `snnexp train --cfg job` prints a whole config.

## Without a group

"""


def commands() -> str:
    """Write what every `--help` says."""
    texts = [("snnexp", shown("--help")), *((f"snnexp {name}", shown(name, "--help")) for name in COMMANDS)]
    return "# Commands\n" + "".join(f"\n## {name}\n\n```text\n{text}```\n" for name, text in texts)


def shown(*arguments: str) -> str:
    """Give what a command prints."""
    with redirect_stdout(io.StringIO()) as out:
        main([*arguments])
    return out.getvalue()


def configs() -> str:
    """Write every group of configs: each choice with what it computes, its keys, defaults and their meaning."""
    folder = config_folder()
    groups = {path.parent.relative_to(folder).as_posix() for path in folder.glob("**/*.yaml")} - {"."}
    order = sorted(groups, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
    listed = {group: sorted((folder / group).glob("*.yaml")) for group in order}
    groups_told = (f"\n## {group}\n\n{choices(group, paths)}" for group, paths in listed.items())
    return INTRODUCTION + keys(folder / "train.yaml") + "".join(groups_told)


def choices(group: str, paths: list[Path]) -> str:
    """Write the choices of one group."""
    if group in LISTED:
        return table(f"`{group}=` | what", ([f"`{path.stem}`", escaped(describe(path))] for path in paths))
    return "\n".join(f"### {group}={path.stem}\n\n{choice(path)}" for path in paths)


def choice(path: Path) -> str:
    """Write one yaml: its comments, the docstring of what it names, and its keys."""
    target = yaml.safe_load(path.read_text()).get("_target_")
    comments = re.findall(r"^# (?!@package)(.*)", path.read_text(), re.MULTILINE)
    text = f"{escaped(comments[0][:1].upper() + comments[0][1:])}.\n\n{escaped(' '.join(comments[1:]))}\n\n"
    if target:
        text += f"`{target}`"
        documented = inspect.getdoc(resolve(target)) if target.startswith("snnexp.") else None
        text += f": {prose(documented)}\n\n" if documented else "\n\n"
    return text + keys(path)


def keys(path: Path) -> str:
    """Write the keys of a yaml, nested ones by their full names, with type, default and comment."""
    found = list(leaves(path.read_text()))
    typed = any(kind for _, kind, _, _ in found)  # a yaml that names no class has no types
    rows = (
        [f"`{key}`", *([f"`{kind}`" if kind else ""] if typed else []), f"`{value}`", escaped(said)]
        for key, kind, value, said in found
    )
    return table(f"key | {'type | ' if typed else ''}default | what", rows)


def table(head: str, rows: Iterable[list[str]]) -> str:
    """Write a table, or nothing where it has no rows."""
    lines = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"| {head} |\n|{'---|' * (head.count('|') + 1)}\n{lines}" if lines else ""


def leaves(text: str) -> Iterator[tuple[str, str, str, str]]:
    """Give full key, type, default as written, and comment of each key of a yaml that has a value."""
    above: list[tuple[int, str]] = []
    kinds: dict[str, dict[str, Any]] = {}
    for line in text.splitlines():
        found = re.match(r"( *)([\w]+):(?: +(.*?))?(?: +# (.*))?$", line)
        if not found or found[2] == "defaults":
            continue
        indent, key, value, comment = len(found[1]), found[2], found[3], found[4] or ""
        above = [(depth, name) for depth, name in above if depth < indent]
        part = ".".join(name for _, name in above)
        if key == "_target_":
            constructor = resolve(value)
            kinds[part] = {name: each.annotation for name, each in hyperparameters(constructor)[0].items()}
        elif value is None:
            above.append((indent, key))
        else:
            yield ".".join(filter(None, [part, key])), kind(kinds.get(part, {}).get(key)), value, comment


def kind(annotation: Any) -> str:
    """Name a type as a reader would say it."""
    if annotation in (None, Any, inspect.Parameter.empty):
        return ""
    if annotation is NoneType:
        return "null"
    if get_origin(annotation) is Literal:
        return ", ".join(map(str, get_args(annotation)))
    if isinstance(annotation, UnionType):
        return " or ".join(map(kind, get_args(annotation)))
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).rpartition(".")[2]


def prose(docstring: str) -> str:
    """Turn a docstring into Markdown: its words as they stand, and its list of errors as one."""
    body, _, errors = docstring.partition("\nRaises:\n")
    lines = [line if line.startswith("    ") else escaped(line) for line in body.strip().splitlines()]
    listed = re.findall(r"^ *(\w+): (.+(?:\n {8,}.+)*)", errors, re.MULTILINE)
    raised = "".join(f"\n- `{name}`: {escaped(' '.join(why.split()))}" for name, why in listed)
    return "\n".join(lines) + (f"\n\nRaises:\n{raised}" if raised else "")


def escaped(text: str) -> str:
    """Escape what Markdown would take for its own, outside of code."""
    return "`".join(
        part if number % 2 else re.sub(r"([\\*_<\[\]|])", r"\\\1", part) for number, part in enumerate(text.split("`"))
    )
