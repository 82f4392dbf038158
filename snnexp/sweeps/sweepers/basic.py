"""Every combination of the values."""

from dataclasses import dataclass

from snnexp.sweeps.jobs import expand
from snnexp.sweeps.launchers.base import Launcher
from snnexp.sweeps.sweep import run, show, tally
from snnexp.sweeps.sweepers.base import Sweeper, SweepOptions


@dataclass(frozen=True, kw_only=True)
class BasicSweeper(Sweeper):
    """Every combination of the values."""

    def sweep(self, overrides: list[str], options: SweepOptions, launcher: Launcher) -> int:
        jobs = expand(overrides, options.config_dir, options.allow_modules, launcher.machine)
        chosen = [job for job in jobs if options.choose(job)]
        print(tally(jobs))
        if options.dry_run:
            show(jobs, chosen)
            return 0
        return run(jobs, chosen, launcher)
