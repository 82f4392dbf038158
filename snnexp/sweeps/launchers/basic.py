"""One job after the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from snnexp.sweeps.jobs import Job
from snnexp.sweeps.launchers.base import LocalLauncher
from snnexp.sweeps.processes import Processes


@dataclass(frozen=True, kw_only=True)
class BasicLauncher(LocalLauncher):
    """One job after the other."""

    def launch(self, jobs: Sequence[Job]) -> list[str]:
        with Processes(self.nursery) as processes:
            return [processes.train(job) for job in jobs]
