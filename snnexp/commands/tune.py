"""`snnexp tune`: choose the learning rate of each row of a table on validation, from one grid for all."""

import sys
from contextlib import redirect_stdout

HELP = """\
usage: snnexp tune TABLE [--scale full|gpu|small] [--dry-run] [KEY=VALUE ...]

Trains each row of a table with each learning rate of the table's grid, on seeds outside the table, and writes the
rate with the highest accuracy on the validation split into the table's yaml, with what it was chosen from. The same
command resumes where it was stopped. The yaml has the grid, the same for all rows:

  tuning: {rates: [0.03, 0.1, 0.3], seeds: [101], validation: 0.1}

KEY=VALUE says where: runs_dir, device, launch.nproc, dataset.root, logger, or hydra/launcher.

options:
  --dry-run          show what would be started, and start nothing
  --scale SCALE      full: the paper's setting; gpu: one for a GPU within minutes; small: one for two cores
                     (the first that the table has)
  --config-dir DIR   a folder of your own configs, searched after ours
  --allow-module M   a module of your own whose parts configs may name (may be repeated)

examples:
  snnexp tune rmp_why --scale small
  snnexp tune rmp_why --scale small --dry-run runs_dir=/scratch/runs
"""


def main(arguments: list[str]) -> int:
    """Train what the grid lacks, then write the rates; the exit status is the sweep's, and 0 alone writes them.

    Raises:
        UserError: as `snnexp reproduce`, or the table names no grid.
    """
    from snnexp import tables  # late: these import Hydra
    from snnexp.commands.table import one_table
    from snnexp.config.arguments import Parser
    from snnexp.sweeps import sweep
    from snnexp.sweeps.jobs import expand
    from snnexp.tables import spec, tuning

    parser = Parser()
    parser.add_argument("--scale", choices=spec.SCALES)
    parser.add_argument("--dry-run", action="store_true")
    parser.own_configs()
    given, names, overrides = parser.parse_words(arguments)
    launcher, _, overrides = sweep.choose(overrides)
    own = given.config_dir, tuple(given.allow_modules)
    requested = tables.untuned(one_table(names), given.scale, overrides, *own)
    trials = tuning.trials(requested).items()
    jobs = {each: expand(row.words(row.seeds), *own, launcher.machine) for each, row in trials}
    all_of_them = [job for several in jobs.values() for job in several]
    left = [job for job in all_of_them if job.state != "done"]
    if given.dry_run:
        sweep.show(all_of_them, left)
        return 0
    with launcher.prepared(), redirect_stdout(sys.stderr):
        status = sweep.run(all_of_them, left, launcher)
    if status == 0:
        folders = {each: [job.folder for job in several] for each, several in jobs.items()}
        print("\n".join(tuning.choose(requested, folders, given.config_dir)))
    return status
