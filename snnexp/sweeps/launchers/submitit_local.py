"""Some jobs at a time on this machine, by submitit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from snnexp.machine.devices import Machine
from snnexp.sweeps.jobs import Job
from snnexp.sweeps.launchers.base import Launcher, check_width, need, shared, side_by_side


@dataclass(frozen=True, kw_only=True)
class SubmititLocalLauncher(Launcher):
    """Some jobs at a time, each on a GPU of its own where there are any, in processes that outlive the sweep.

    Raises:
        UserError: no jobs at a time, or submitit is not installed.
    """

    n_jobs: int | None

    def __post_init__(self) -> None:
        check_width(self.n_jobs)
        need("submitit", extra="sweep")

    @property
    def machine(self) -> Machine:
        return shared(self.n_jobs)

    def launch(self, jobs: Sequence[Job]) -> list[str]:
        from snnexp.sweeps.submitted import submit, wait_for  # late: imports submitit

        def train(job: Job, environment: Mapping[str, str]) -> str:
            a_year = 60 * 24 * 365  # submitit has no unlimited time
            (submitted,) = submit("local", [job], {"timeout_min": a_year}, environment)
            return wait_for(job, submitted)

        return side_by_side(jobs, train, self.n_jobs)
