"""Some jobs at a time on this machine."""

from collections.abc import Sequence
from dataclasses import dataclass

from snnexp.errors import UserError
from snnexp.machine.devices import Machine
from snnexp.sweeps.jobs import Job
from snnexp.sweeps.launchers.base import LocalLauncher, check_width, shared, side_by_side
from snnexp.sweeps.processes import Processes


@dataclass(frozen=True, kw_only=True)
class JoblibLauncher(LocalLauncher):
    """Some jobs at a time: `jobs_per_gpu` on each GPU where there are any, or `n_jobs` in all.

    Raises:
        UserError: no jobs at a time, or both numbers.
    """

    n_jobs: int | None
    jobs_per_gpu: int

    def __post_init__(self) -> None:
        check_width(self.n_jobs)
        given = f"hydra.launcher.jobs_per_gpu={self.jobs_per_gpu}"
        if self.jobs_per_gpu < 1:
            raise UserError(f"{given}: must be at least 1")
        if self.jobs_per_gpu > 1 and self.n_jobs is not None:
            raise UserError(
                f"{given}: hydra.launcher.n_jobs={self.n_jobs} says how many there are; leave one of them out"
            )

    @property
    def machine(self) -> Machine:
        return shared(self.n_jobs, self.jobs_per_gpu)

    def launch(self, jobs: Sequence[Job]) -> list[str]:
        with Processes(self.nursery) as processes:
            return side_by_side(jobs, processes.train, self.n_jobs, self.jobs_per_gpu)
