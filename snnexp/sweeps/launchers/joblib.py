"""Some jobs at a time on this machine."""

from collections.abc import Sequence
from dataclasses import dataclass

from snnexp.machine.devices import Machine
from snnexp.sweeps.jobs import Job
from snnexp.sweeps.launchers.base import LocalLauncher, check_width, shared, side_by_side
from snnexp.sweeps.processes import Processes


@dataclass(frozen=True, kw_only=True)
class JoblibLauncher(LocalLauncher):
    """Some jobs at a time, each on a GPU of its own where there are any.

    Raises:
        UserError: no jobs at a time.
    """

    n_jobs: int | None

    def __post_init__(self) -> None:
        check_width(self.n_jobs)

    @property
    def machine(self) -> Machine:
        return shared(self.n_jobs)

    def launch(self, jobs: Sequence[Job]) -> list[str]:
        with Processes(self.nursery) as processes:
            return side_by_side(jobs, processes.train, self.n_jobs)
