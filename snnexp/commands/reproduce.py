"""`snnexp reproduce`: train what a table lacks, then print the table."""

import sys
from contextlib import redirect_stdout

from snnexp import tables
from snnexp.config.overrides import overridden
from snnexp.errors import UserError
from snnexp.sweeps import sweep
from snnexp.sweeps.jobs import expand


def main(arguments: list[str]) -> int:
    """Sweep the runs that a table lacks, those that failed before too; then print it, whatever has become of them.

    What the sweep tells goes to standard error. The exit status is the sweep's.

    Raises:
        UserError: as `snnexp table` and `snnexp sweep`, before anything is trained.
    """
    given = tables.parse(arguments)
    for word in given.overrides:
        if overridden(word).startswith("hydra/sweeper"):
            raise UserError(f"{word}: a table's runs are those of its rows; leave it out")
    launcher, _, overrides = sweep.choose(given.overrides)
    given.overrides = tuple(overrides)
    asked = tables.ask(given)
    lacking = tables.lacking(asked, tables.collect(asked))
    where = given.config_dir, tuple(given.allow_module), launcher.machine
    jobs = [job for row, seeds in lacking for job in expand(row.words(seeds), *where)]
    with redirect_stdout(sys.stderr):
        status = sweep.run(jobs, jobs, launcher) if jobs else 0
    tables.show(given, asked, tables.collect(asked))
    return status
