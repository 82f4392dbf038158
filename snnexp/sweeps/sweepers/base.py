"""What a sweeper is."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from snnexp.sweeps.jobs import Job
from snnexp.sweeps.launchers.base import Launcher


@dataclass(frozen=True, kw_only=True)
class SweepOptions:
    """Which jobs of a sweep are started, and where configs and parts are looked for besides ours."""

    config_dir: str | None = None
    allow_modules: tuple[str, ...] = ()
    dry_run: bool = False
    retry_failed: bool = False
    force: bool = False

    def choose(self, job: Job) -> bool:
        """Return whether a job is started: one that is not done, and by option one that has failed or is done."""
        return {"failed": self.retry_failed, "done": self.force}.get(job.state, True)


class Sweeper(ABC):
    """Chooses the runs of a sweep, and has a launcher train them."""

    @abstractmethod
    def sweep(self, overrides: list[str], options: SweepOptions, launcher: Launcher) -> int:
        """Make the runs that overrides stand for; returns the exit status."""
