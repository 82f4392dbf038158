"""`snnexp ls`: experiments, parts and runs."""

from pathlib import Path

from snnexp.config.arguments import Parser
from snnexp.config.places import config_folder, describe, options
from snnexp.errors import UserError, one_line, plain
from snnexp.files import reading
from snnexp.metrics.figures import headline
from snnexp.runs.status import is_finished, read_status

HELP = """\
usage: snnexp ls [runs [DIR]] [--config-dir DIR]

Lists experiments and parts with a line each, or the runs below DIR (runs) with status and test accuracy.

examples:
  snnexp ls
  snnexp ls runs
"""
HEADINGS = {"exp": "experiments: snnexp train exp=NAME", "table": "tables: snnexp table NAME"}


def main(arguments: list[str]) -> int:
    """Print what there is, a line each."""
    parser = Parser()
    parser.add_argument("what", nargs="?", choices=["runs"])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("runs"))
    parser.add_argument("--config-dir", type=Path)
    given = parser.parse_args(arguments)
    print("\n".join(runs(given.folder) if given.what else parts(given.config_dir)))
    return 0


def parts(user_folder: Path | None) -> list[str]:
    """List experiments and parts by group, each with the first comment of its yaml."""
    folders = [config_folder(), *filter(None, [user_folder])]
    groups = sorted({path.parent.name for folder in folders for path in folder.glob("*/*.yaml")})
    lines = []
    for group in sorted(groups, key=lambda name: (name not in HEADINGS, name)):
        lines += ["", HEADINGS.get(group, f"{group}: {group}=NAME")]
        choices = options(group, user_folder)
        width = max(map(len, choices)) + 2
        lines += [f"  {name:<{width}}{describe(path)}" for name, path in choices.items()]
    return lines[1:]


def runs(folder: Path) -> list[str]:
    """List the runs below a folder: status, the figure that runs are judged by first, folder."""
    found = sorted(path.parent for path in folder.glob("*/*/config.yaml"))
    return [line(run) for run in found] or [f"no runs in {folder}"]


def line(run: Path) -> str:
    """Write a run's line; where its files are none of a run, with what is wrong."""
    from snnexp.runs.finished import Copied  # late: a list of parts need not wait for YAML

    try:
        return f"{read_status(run):<11}{reached(run):<10}{plain(str(run))}"
    except UserError as error:
        return f"{'copy' if isinstance(error, Copied) else 'damaged':<21}{one_line(error)}"


def reached(run: Path) -> str:
    """Read the figure after the last epoch; empty before the first."""
    from snnexp.runs import finished

    if is_finished(run):
        return headline(finished.read(run).result)
    try:
        text = reading.read(run, "metrics.jsonl")
    except FileNotFoundError:
        return ""
    try:
        return headline(reading.parse(text.rstrip(b"\n").rpartition(b"\n")[2]))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return ""
