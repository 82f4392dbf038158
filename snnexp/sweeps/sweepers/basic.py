"""Every combination of the values."""

from argparse import Namespace
from dataclasses import dataclass

from snnexp.sweeps.jobs import expand
from snnexp.sweeps.launchers.base import Launcher
from snnexp.sweeps.sweep import is_chosen, run, show, tally, where
from snnexp.sweeps.sweepers.base import Sweeper


@dataclass(frozen=True, kw_only=True)
class Basic(Sweeper):
    """Every combination of the values."""

    def sweep(self, overrides: list[str], given: Namespace, launcher: Launcher) -> int:
        jobs = expand(overrides, *where(given), launcher.machine)
        chosen = [job for job in jobs if is_chosen(job, given)]
        print(tally(jobs))
        if given.dry_run:
            show(jobs, chosen)
            return 0
        return run(jobs, chosen, launcher)
