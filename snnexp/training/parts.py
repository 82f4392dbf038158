"""Builds one part that a composed config names, and checks that it is one of its group."""

from collections.abc import Mapping
from typing import Any

from snnexp.config.compose import Composed, build
from snnexp.config.targets import own_keys
from snnexp.loggers.base import Logger
from snnexp.training.kinds import check


def part(composed: Composed, group: str, *args: Any, **runtime: Any) -> Any:
    """Return the part that the config chose in `group`."""
    return built(composed, group, composed.config[group], *args, **runtime)


def built(composed: Composed, group: str, node: Mapping[str, Any], *args: Any, **runtime: Any) -> Any:
    """Return a part of `group` from its own node of the config.

    Raises:
        UserError: it is no such part.
    """
    made = build(own_keys(group, node), *args, allow_modules=composed.allow_modules, **runtime)
    check(group, made)
    return made


def make_loggers(composed: Composed) -> dict[str, Logger]:
    """Build what the config chose in `logger`, by name."""
    return {name: built(composed, "logger", node) for name, node in composed.config["logger"].items()}
