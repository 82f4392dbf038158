"""What Hydra says of an override it refuses, in one line with a remedy."""

import re
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from snnexp.config.hints import keys_of, show, suggest, unknown_key
from snnexp.config.places import options
from snnexp.errors import UserError

# How Hydra's errors begin where it cannot read a value.
UNREAD = (
    "LexerNoViableAltException",
    "mismatched input",
    "extraneous input",
    "no viable alternative",
    "token recognition",
)


def refusal(
    override: str, error: Exception, known: Mapping[str, Any] | None = None, user_folder: Path | None = None
) -> UserError:
    """Return the error for an override ("": the configs themselves are wrong); `known` is the config without it."""
    key, equals, value = override.lstrip("+~").partition("=")
    said = first_line(error)
    if missing := getattr(error, "missing_cfg_file", None):
        group, _, name = missing.rpartition("/")
        inside = key and missing.startswith(f"{key}/")  # where the name itself holds a slash
        return unknown_choice(*((key, missing[len(key) + 1 :]) if inside else (group, name)), user_folder)
    if said.startswith("Config group override") and key:
        return unknown_choice(key, value, user_folder)
    if said.startswith(UNREAD) and "'<EOF>'" not in said and value and re.fullmatch(r"[\w./@]+", key):
        names = options(key, user_folder)
        return unread(key, value) if value in names or not names else unknown_choice(key, value, user_folder)
    if said.startswith(("Could not override", "Could not delete")):
        names = list(keys_of(known or {}))
        if key not in names:
            return not_chosen(key, value, known or {}, user_folder) or unknown_key(key, value, names)
    remedy = f"{said}; without it the config's own value holds" if key else said
    if override and not equals and not override.startswith("~"):
        remedy = f"write exp={override}" if override in options("exp", user_folder) else f"write {show(override)}=VALUE"
    elif isinstance(error, RecursionError):
        remedy = said
    elif said.startswith("Ambiguous value"):
        remedy = f"several values; `snnexp sweep` runs each, or write {key}=[...] for a list"
    elif override.startswith("+") and ("more than once" in said or said.startswith("Multiple values")):
        remedy = f"there is one already; write {override[1:]}"
    return UserError(f"{show(override) or getattr(error, 'full_key', None) or 'config'}: {remedy}")


def unread(key: str, value: str) -> UserError:
    """Return the error for a value that holds characters of Hydra's grammar: within quotes it may."""
    escaped = value.replace('"', r"\"")
    written = quote(f'{key}="{escaped}"')
    return UserError(f"{key}={show(value)}: its characters need quotes of their own; write {show(written)}")


def unknown_choice(group: str, name: str, user_folder: Path | None) -> UserError:
    """Return the error for `group=name` where no yaml has that name."""
    names = options(group, user_folder)
    there = f"there are {', '.join(names)}" if names else "`snnexp ls` lists what there is"
    return UserError(f"{group}={show(name)}: no such {group}; {suggest(name, names, there)}")


def not_chosen(key: str, value: str, known: Mapping[str, Any], user_folder: Path | None) -> UserError | None:
    """Return the error for `regularizer.rmp.weight=1` where rmp is there but was not chosen."""
    group, _, rest = key.partition(".")
    name = rest.partition(".")[0]
    if name not in options(group, user_folder) or "_target_" in (known.get(group) or {}):
        return None
    return UserError(f"{key}={value}: {name} is not chosen; add {group}=[{name}]")


def first_line(error: Exception) -> str:
    """Return the first line of an error's text that says something."""
    if isinstance(error, RecursionError):
        return "a group holds itself by a yaml alias; write out what is meant"
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
