"""`snnexp data`: fetch, verify and find data sets. Jobs never download."""

import pkgutil
import sys

from snnexp import datasets
from snnexp.config.arguments import Parser
from snnexp.config.hints import suggest
from snnexp.errors import FAILURE, UserError

HELP = """\
usage: snnexp data fetch|verify|status [NAME] [--root DIR]

Fetches, verifies or finds a data set; `status` without a name looks for all of them, and ends with 1 where one is not
found. Files lie below $SNNEXP_DATA or --root. Jobs never download.

options:
  --root DIR    folder of the data sets instead of $SNNEXP_DATA

examples:
  snnexp data fetch cifar10                 download, check and unpack below $SNNEXP_DATA
  snnexp data status --root /scratch/data   which sets are found, and where
"""
# a data set is a file of the folder, named as its yaml
NAMES = sorted(module.name for module in pkgutil.iter_modules(datasets.__path__) if not module.ispkg)


def main(arguments: list[str]) -> int:
    """Fetch, verify or find a data set; returns 1 where it is not found or not fetched.

    Raises:
        UserError: an unknown data set, no data folder, damaged data.
    """
    parser = Parser()
    parser.add_argument("action", choices=["fetch", "verify", "status"])
    parser.add_argument("name", nargs="?")
    parser.add_argument("--root")
    given = parser.parse_args(arguments)
    names = [known(given.name)] if given.name else NAMES
    if given.action != "status" and given.name is None:
        raise UserError(f"data {given.action}: name a data set: {', '.join(NAMES)}")
    from snnexp.datasets.base import inventory  # late: imports torch

    try:
        return max(getattr(inventory, given.action)(inventory.find(name, given.root)) for name in names)
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"snnexp data: {error}", file=sys.stderr)
        return FAILURE


def known(name: str) -> str:
    """The name, if it is a data set's."""
    if name not in NAMES:
        remedy = suggest(name, NAMES, f"choose one of {', '.join(NAMES)}")
        raise UserError(f"data: no data set named {name}; {remedy}")
    return name
