"""`snnexp ls`: experiments, parts and runs."""

import json
from pathlib import Path

from snnexp.places import config_folder, describe, options
from snnexp.status import read_status
from snnexp.usage import Parser

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
    """Experiments and parts by group, each with the first comment of its yaml."""
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
    """The runs below a folder: status, last test accuracy, folder."""
    found = sorted(path.parent for path in folder.glob("*/*/config.yaml"))
    return [f"{read_status(run):<11}{accuracy(run):<10}{run}" for run in found] or [f"no runs in {folder}"]


def accuracy(run: Path) -> str:
    """The test accuracy after the last epoch; empty before the first."""
    try:
        last = json.loads((run / "metrics.jsonl").read_text().rstrip("\n").rpartition("\n")[2])
        return f"{100 * last['test_accuracy']:.2f} %"
    except (FileNotFoundError, ValueError, KeyError):
        return ""
