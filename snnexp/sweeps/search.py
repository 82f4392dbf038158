"""A search: a space of values, and the runs that are made of what is drawn from it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from snnexp.config.overrides import Span
from snnexp.errors import UserError
from snnexp.runs.identity import digest
from snnexp.sweeps.jobs import Job, expand
from snnexp.sweeps.launchers.base import Launcher
from snnexp.sweeps.sweep import report, start, write_record
from snnexp.sweeps.sweepers.base import SweepOptions

Values = Mapping[str, Any]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Search:
    """Overrides that all trials share, what the others draw from by key, and how trials are trained."""

    fixed: list[str]
    space: Mapping[str, Span | tuple[str, ...]]
    options: SweepOptions
    launcher: Launcher

    def job(self, values: Values) -> Job:
        """Return the run of some values."""
        own = self.options.config_dir, self.options.allow_modules
        return expand([*self.fixed, *words(self.typed(values))], *own, self.launcher.machine)[0]

    def typed(self, values: Values) -> Values:
        """Round values as one would type them: each to the grid of its range."""
        return {
            key: draws.nearest(value) if isinstance(draws := self.space[key], Span) else value
            for key, value in values.items()
        }

    def check(self) -> list[Job]:
        """Compose a run with each end of each key, so that a mistake is reported before anything is made; returns them.

        Raises:
            UserError: nothing to draw from, or as `compose`.
        """
        if not self.space:
            raise UserError("hydra/sweeper=optuna: nothing to search; write KEY=interval(LOW,HIGH) or KEY=A,B")
        first = {key: ends(draws)[0] for key, draws in self.space.items()}
        return [self.job(first | {key: value}) for key, draws in self.space.items() for value in ends(draws)]

    def key(self, *settings: Any) -> str:
        """Return which search this is: the same key, space and settings are the same one."""
        return digest([self.fixed, [f"{key}: {draws}" for key, draws in self.space.items()], *settings])

    def chosen(self, jobs: Sequence[Job]) -> list[Job]:
        """Return the jobs that are started."""
        return [job for job in jobs if self.options.choose(job)]

    def train(self, jobs: Sequence[Job], so_far: Sequence[Job], key: str) -> None:
        """Train what is to do of some jobs, and report each; the record holds all jobs of the search so far."""
        chosen = self.chosen(jobs)
        log.info("`snnexp report %s --watch` follows the search", write_record(so_far, key))
        report(jobs, start(chosen, self.launcher))


def ends(draws: Span | tuple[str, ...]) -> tuple[Any, ...]:
    """Return the values that can be wrong by themselves: the first and last number, or every word."""
    return (draws.low, draws.high) if isinstance(draws, Span) else draws


def words(values: Values) -> list[str]:
    """Write values as overrides."""
    return [f"{key}={value}" for key, value in values.items()]
