"""`snnexp data`: fetch, verify, find and show data sets. Jobs never download."""

import pkgutil
import sys
from pathlib import Path

from snnexp import datasets
from snnexp.commands.plot import needing_matplotlib
from snnexp.config.arguments import Parser
from snnexp.config.hints import suggest
from snnexp.errors import FAILURE, UserError

HELP = """\
usage: snnexp data fetch|verify|status [NAME] [--root DIR]
       snnexp data show NAME [--root DIR] [--out FILE] [KEY=VALUE ...]

Fetches, verifies or finds a data set; `status` without a name checks all of them, and ends with 1 where one is not
found. Files lie below $SNNEXP_DATA or --root. Jobs never download.
`show` draws some samples (of a recording, the frame with most events) and the size of each class into NAME.png.

options:
  --root DIR    folder of the data sets instead of $SNNEXP_DATA
  --out FILE    the picture that `show` writes

examples:
  snnexp data fetch cifar10                 download, check and unpack below $SNNEXP_DATA
  snnexp data status --root /scratch/data   which sets are found, and where
  snnexp data show event_folder --root my/recordings dataset.height=34 dataset.width=34
"""
ACTIONS = ("fetch", "verify", "status", "show")
# a data set is a file of the folder, named as its yaml
NAMES = sorted(module.name for module in pkgutil.iter_modules(datasets.__path__) if not module.ispkg)


def main(arguments: list[str]) -> int:
    """Fetch, verify, find or show a data set; returns 1 where it is not found or not fetched.

    Raises:
        UserError: an unknown data set, no data folder, damaged data.
    """
    parser = Parser()
    parser.add_argument("--root")
    parser.add_argument("--out", type=Path)
    given, (action, *named), overrides = parser.parse_words(arguments or [""])
    if action not in ACTIONS or len(named) > 1:
        wrong = f"{action} {' '.join(named)}".strip()
        raise UserError(f"data {wrong}: write `snnexp data {'|'.join(ACTIONS)} NAME`".replace("data :", "data:"))
    if action != "status" and not named:
        raise UserError(f"data {action}: name a data set: {', '.join(NAMES)}")
    names = [known(name) for name in named] or NAMES
    if action == "show":
        return show(names[0], given.root, given.out or Path(f"{names[0]}.png"), overrides)
    if given.out or overrides:
        raise UserError(f"data {action}: --out and KEY=VALUE go with `snnexp data show`; leave them out")
    from snnexp.datasets.base import inventory  # late: imports torch

    try:
        return max(getattr(inventory, action)(inventory.find(name, given.root)) for name in names)
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"snnexp data: {error}", file=sys.stderr)
        return FAILURE


def show(name: str, root: str | None, out: Path, overrides: list[str]) -> int:
    """Draw a data set and print the picture's path.

    Raises:
        UserError: wrong overrides, no data, or no folder to write to.
    """
    if not out.parent.is_dir():
        raise UserError(f"--out {out}: no such folder; make it, or name another file")
    from snnexp.config.compose import compose  # late: imports Hydra

    placed = [] if root is None else [f"++dataset.root='{root}'"]
    composed = compose([f"dataset={name}", *placed, *overrides])
    with needing_matplotlib("data show"):
        from snnexp.plots.datasets import draw_dataset  # late: imports torch and matplotlib
    from snnexp.training.assembly import part

    print(draw_dataset(part(composed, "dataset"), composed.config["T"], out))
    return 0


def known(name: str) -> str:
    """Return the name, or refuse one that is no data set's."""
    if name not in NAMES:
        remedy = suggest(name, NAMES, f"choose one of {', '.join(NAMES)}")
        raise UserError(f"data: no data set named {name}; {remedy}")
    return name
