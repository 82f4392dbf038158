"""All jobs as one array of SLURM's, or as few as it takes."""

import logging
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from snnexp.errors import UserError
from snnexp.machine.devices import Machine
from snnexp.sweeps.jobs import Job
from snnexp.sweeps.launchers.base import Launcher, need

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class SubmititSlurmLauncher(Launcher):
    """All jobs as one array of SLURM's, by the parameters of submitit's executor; a preempted one is queued again.

    More jobs than SLURM takes as one array are several, which share `slurm_array_parallelism`. Where it refuses one of
    them, the jobs of those before continue.

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
        for command in ("sbatch", "srun"):
            if not shutil.which(command):
                reason = f"{command} is not found; start it where SLURM's commands are"
                raise UserError(f"hydra/launcher=submitit_slurm: {reason}")

    @property
    def machine(self) -> Machine:
        return Machine("cuda" if self.gpus_per_node else "cpu", self.cpus_per_task)

    def launch(self, jobs: Sequence[Job]) -> list[str]:
        from snnexp.sweeps.submitted import wait_for  # late: imports submitit

        submitted, refused = self.submit(jobs)
        causes = [wait_for(job, each) for job, each in zip(jobs, submitted, strict=False)]
        return causes + [refused] * (len(jobs) - len(submitted))

    def submit(self, jobs: Sequence[Job]) -> tuple[list[Any], str]:
        """Submit as many as SLURM takes, the first of them first; return those, and why it refused the others.

        Raises:
            UserError: it takes none.
        """
        from snnexp.sweeps.submitted import largest_array, submit  # late: imports submitit

        size = largest_array() or len(jobs)
        parts = [jobs[start : start + size] for start in range(0, len(jobs), size)]
        each = {"slurm_array_parallelism": max(1, self.slurm_array_parallelism // len(parts))}
        submitted: list[Any] = []
        for part in parts:
            try:
                submitted += submit("slurm", part, asdict(self) | each)
            except UserError as error:
                if not submitted:
                    raise
                log.warning("%s; %d jobs were taken and continue", error, len(submitted))
                return submitted, str(error)
        return submitted, ""
