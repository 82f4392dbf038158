"""`snnexp table`: a table of the papers, from finished runs."""

from argparse import Namespace

from snnexp.config.arguments import Parser
from snnexp.config.places import options
from snnexp.errors import UserError

HELP = """\
usage: snnexp table TABLE [--scale full|gpu|small] [--format md|csv|latex|json] [--missing] [--docs] [KEY=VALUE ...]

Prints a table from the runs that are finished: mean, standard deviation and 95 % interval over seeds, the paper's
number with its mark, and how methods differ, by tests that are corrected for their number. `snnexp ls` lists the
tables. KEY=VALUE is given to all rows, and says where: runs_dir, device, launch.nproc or dataset.root.

options:
  --scale SCALE      full: the paper's setting; gpu: one for a GPU within minutes; small: one for two cores
                     (the first that the table has)
  --format FORMAT    md, csv, latex or json (md)
  --missing          print the commands that train what is missing instead
  --docs             in a checkout: write the table into docs/results.md, and its runs to results/tables
  --config-dir DIR   a folder of your own configs, searched after ours
  --allow-module M   a module of your own whose parts configs may name (may be repeated)

examples:
  snnexp table rmp_ablation
  snnexp table inflor_ablation --scale small --missing runs_dir=/scratch/runs
"""


def main(arguments: list[str]) -> int:
    """Print a table, or the commands that train what it lacks.

    Raises:
        UserError: a table, scale or option that is not there, a result that was changed since it was written, or what
            is missing is wanted of a table whose learning rates are not chosen.
    """
    from snnexp import tables  # late: imports Hydra

    given, name, overrides = parse(arguments, "--missing")
    requested = tables.request(name, given.scale, overrides, given.config_dir, tuple(given.allow_modules))
    found = tables.collect(requested)
    if given.missing:
        for row, seeds in tables.to_train(requested, found):
            print(row.sweep(seeds))
    else:
        tables.show(requested, found, given.format, docs=given.docs)
    return 0


def parse(arguments: list[str], *flags: str, lists: tuple[str, ...] = ()) -> tuple[Namespace, str, list[str]]:
    """Parse what a command that prints a table takes: its options, the table's name, and overrides.

    Besides the options of all these commands it takes `flags`, and `lists` with a value each time they are given.

    Raises:
        UserError: no table or several, or an option that is not there.
    """
    from snnexp.tables import FORMATS, spec  # late: imports Hydra

    parser = Parser()
    parser.add_argument("--scale", choices=spec.SCALES)
    parser.add_argument("--format", choices=FORMATS, default="md")
    parser.own_configs()
    for flag in ("--docs", *flags):
        parser.add_argument(flag, action="store_true")
    for option in lists:
        parser.add_argument(option, action="append", default=[])
    given, names, overrides = parser.parse_words(arguments)
    return given, one_table(names), overrides


def one_table(names: list[str]) -> str:
    """Return the one table that is named.

    Raises:
        UserError: none is, or several.
    """
    if len(names) != 1:
        raise UserError(f"name one table; there are {', '.join(options('table'))}")
    return names[0]
