"""What a shell offers behind a command that takes a table or a run; Hydra completes the words of configs."""

from importlib import import_module
from pathlib import Path

from snnexp.config.places import options


def names(command: str, words: list[str]) -> list[str]:
    """Return the tables, or the runs below runs_dir, where the command's usage takes one."""
    try:
        usage = import_module(f"snnexp.commands.{command}").HELP.split("options:")[0]
    except ModuleNotFoundError:
        return []
    if f"snnexp {command} TABLE" in usage:
        return list(options("table"))
    if f"snnexp {command} RUN" in usage:
        given = (word.partition("=")[2] for word in words if word.startswith("runs_dir="))
        return sorted(path.parent.name for path in Path(next(given, "runs")).glob("*/*/config.yaml"))
    return []
