"""`snnexp reproduce`: train what a table lacks, then print the table."""

import sys
from contextlib import redirect_stdout

from snnexp.commands.table import parse
from snnexp.errors import UserError

HELP = """\
usage: snnexp reproduce TABLE [--row NAME] [--dry-run] [--scale full|gpu|small] [--format md|csv|latex|json] [--docs]
                        [KEY=VALUE ...]

Trains what a table lacks, as `snnexp sweep` does, then prints it as `snnexp table` does. What the sweep reports goes to
standard error. The same command resumes where it was stopped. KEY=VALUE says where: runs_dir, device, launch.nproc,
dataset.root, logger, or hydra/launcher.

options:
  --row NAME         train what this row of the table lacks, and no other (may be repeated)
  --dry-run          show what would be started, and start nothing
  --scale SCALE      full: the paper's setting; gpu: one for a GPU within minutes; small: one for two cores
                     (the first that the table has)
  --format FORMAT    md, csv, latex or json (md)
  --docs             in a checkout: write the table into docs/results.md, and its runs to results/tables
  --config-dir DIR   a folder of your own configs, searched after ours
  --allow-module M   a module of your own whose parts configs may name (may be repeated)

examples:
  snnexp reproduce rmp_ablation --scale small
  snnexp reproduce rmp_ablation --scale small --row RMP --dry-run
  snnexp reproduce inflor_main hydra/launcher=joblib
"""


def main(arguments: list[str]) -> int:
    """Sweep the runs that a table lacks, those that failed before too; then print it, whatever has become of them.

    What the sweep reports goes to standard error. The exit status is the sweep's.

    Raises:
        UserError: as `snnexp table` and `snnexp sweep`, before anything is trained.
    """
    from snnexp import tables  # late: these import Hydra
    from snnexp.config.overrides import overridden
    from snnexp.sweeps import sweep
    from snnexp.sweeps.jobs import expand

    given, name, overrides = parse(arguments, "--dry-run", lists=("--row",))
    for word in overrides:
        if overridden(word).startswith("hydra/sweeper"):
            raise UserError(f"{word}: a table's runs are those of its rows; leave it out")
    launcher, _, overrides = sweep.choose(overrides)
    own = given.config_dir, tuple(given.allow_modules)
    requested = tables.request(name, given.scale, overrides, *own)
    lacking = tables.to_train(tables.choose(requested, given.row), tables.collect(requested))
    jobs = [job for row, seeds in lacking for job in expand(row.words(seeds), *own, launcher.machine)]
    if given.dry_run:
        sweep.show(jobs, jobs)
        return 0
    with launcher.prepared(), redirect_stdout(sys.stderr):
        status = sweep.run(jobs, jobs, launcher) if jobs else 0
    tables.show(requested, tables.collect(requested), given.format, docs=given.docs)
    return status
