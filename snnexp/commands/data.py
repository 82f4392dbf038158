"""`snnexp data`: fetch, verify and find data sets. Jobs never download."""

import argparse
import difflib
import pkgutil
import sys

from snnexp import datasets
from snnexp.errors import UserError

# a data set is a file of the folder, named as its yaml
NAMES = sorted(module.name for module in pkgutil.iter_modules(datasets.__path__) if not module.ispkg)

EPILOG = """\
examples:
  snnexp data fetch cifar10                 download, check and unpack below $SNNEXP_DATA
  snnexp data status --root /scratch/data   which sets are found, and where

exit status: 0 done or found, 1 not found or not fetched, 2 wrong input or damaged data
"""


def main(argv: list[str] | None = None) -> int:
    """Run `snnexp data` and return its exit status.

    Raises:
        UserError: an unknown data set, no data folder, damaged data.
    """
    options = parser().parse_args(argv)
    names = [known(options.name)] if options.name else NAMES
    if options.action != "status" and options.name is None:
        raise UserError(f"data {options.action}: name a data set: {', '.join(NAMES)}")
    # late, since it imports torch: the help must not wait
    from snnexp.datasets.base import inventory

    try:
        return max(getattr(inventory, options.action)(inventory.find(name, options.root)) for name in names)
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"snnexp data: {error}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    result = argparse.ArgumentParser(
        prog="snnexp data",
        description="Fetch, verify or find a data set. Files lie below $SNNEXP_DATA or --root.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("action", choices=["fetch", "verify", "status"])
    result.add_argument("name", nargs="?", help=f"{', '.join(NAMES)} (status: all of them where none is named)")
    result.add_argument("--root", help="folder of the data sets instead of $SNNEXP_DATA")
    return result


def known(name: str) -> str:
    """The name, if it is a data set's."""
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, n=1)
        remedy = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(NAMES)}"
        raise UserError(f"data: no data set named {name}; {remedy}")
    return name
