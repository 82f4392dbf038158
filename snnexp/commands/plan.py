"""`snnexp plan`: what a table can show, and what it costs, before anything is trained."""

HELP = """\
usage: snnexp plan TABLE [--scale full|gpu|small] [--std POINTS] [--effect POINTS] [--epoch-seconds S] [KEY=VALUE ...]

Reports what a table is to decide, the smallest difference of accuracy that its seeds can show, how many seeds show the
one that matters, and the hours that the missing runs take. Spread and times are those of the table's finished runs.

options:
  --scale SCALE        full: the paper's setting; gpu: one for a GPU within minutes; small: one for two cores
                       (the first that the table has)
  --std POINTS         the standard deviation over seeds, where no runs show it
  --effect POINTS      the difference that matters (the table's margin)
  --epoch-seconds S    the seconds of an epoch, of rows without a finished run
  --config-dir DIR     a folder of your own configs, searched after ours
  --allow-module M     a module of your own whose parts configs may name (may be repeated)

examples:
  snnexp plan rmp_ablation --scale small
  snnexp plan rmp_ablation --std 0.4 --effect 0.6 --epoch-seconds 30
"""


def main(arguments: list[str]) -> int:
    """Print a table's plan.

    Raises:
        UserError: as `snnexp table`, or a number that is not above 0.
    """
    from snnexp import tables  # late: imports Hydra
    from snnexp.commands.table import one_table
    from snnexp.config.arguments import Parser
    from snnexp.tables import spec
    from snnexp.tables.plan import Assumed, describe

    parser = Parser()
    parser.add_argument("--scale", choices=spec.SCALES)
    for option in ("--std", "--effect", "--epoch-seconds"):
        parser.add_argument(option, type=float)
    parser.own_configs()
    given, names, overrides = parser.parse_words(arguments)
    assumed = Assumed(std=given.std, effect=given.effect, epoch_seconds=given.epoch_seconds)
    modules = tuple(given.allow_modules)
    requested = tables.request(one_table(names), given.scale, overrides, given.config_dir, modules)
    for line in describe(requested, tables.collect(requested), assumed):
        print(line)
    return 0
