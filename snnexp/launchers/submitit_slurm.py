"""All jobs as one array of SLURM's."""

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from snnexp.devices import Machine
from snnexp.errors import UserError
from snnexp.jobs import Job
from snnexp.launchers.base import Launcher, need


@dataclass(frozen=True, kw_only=True)
class SubmititSlurm(Launcher):
    """All jobs as one array of SLURM's, by the parameters of submitit's executor; a preempted one is queued again.

    Raises:
        UserError: submitit is not installed, or no SLURM is there.
    """

    timeout_min: int
    gpus_per_node: int
    cpus_per_task: int
    mem_gb: float | None
    slurm_partition: str | None
    slurm_account: str | None
    slurm_qos: str | None
    slurm_constraint: str | None
    slurm_array_parallelism: int
    slurm_signal_delay_s: int
    slurm_max_num_timeout: int

    def __post_init__(self) -> None:
        need("submitit", extra="sweep")
        if not shutil.which("sbatch"):
            raise UserError("hydra/launcher=submitit_slurm: sbatch is not found; start it where SLURM's commands are")

    @property
    def machine(self) -> Machine:
        return Machine("cuda" if self.gpus_per_node else "cpu", self.cpus_per_task)

    def launch(self, jobs: Sequence[Job]) -> list[str]:
        from snnexp.submitted import submit, wait_for  # late: imports submitit

        submitted = submit("slurm", jobs, asdict(self))
        return [wait_for(job, each) for job, each in zip(jobs, submitted, strict=True)]
