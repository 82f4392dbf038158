"""How the jobs of a sweep are started: what can be chosen as `hydra/launcher`.

Of Hydra's own launchers only the config group is used. When the process of one job is killed, its joblib launcher ends
all others and its submitit launcher waits for none of them; both give every job the same GPU.
"""

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from queue import SimpleQueue
from typing import cast

from snnexp.errors import UserError
from snnexp.jobs import Job
from snnexp.processes import Processes


class Launcher(ABC):
    """Trains jobs, each in a process of its own, so that none stops another."""

    @property
    def device(self) -> str | None:
        """What `device=auto` stands for on the machines where the jobs run; None where that is this machine."""
        return None

    @abstractmethod
    def launch(self, jobs: Sequence[Job]) -> list[str]:
        """Train jobs to their end; returns for each why it failed, "" where it did not."""


@dataclass(frozen=True, kw_only=True)
class Basic(Launcher):
    """One job after the other."""

    def launch(self, jobs: Sequence[Job]) -> list[str]:
        with Processes() as processes:
            return [processes.train(job) for job in jobs]


@dataclass(frozen=True, kw_only=True)
class Joblib(Launcher):
    """Some jobs at a time, each on a GPU of its own where there are any.

    Raises:
        UserError: no jobs at a time.
    """

    n_jobs: int | None

    def __post_init__(self) -> None:
        if self.n_jobs is not None and self.n_jobs < 1:
            raise UserError(f"hydra.launcher.n_jobs={self.n_jobs}: must be at least 1, or null for one a GPU")

    def launch(self, jobs: Sequence[Job]) -> list[str]:
        with Processes() as processes:
            return side_by_side(jobs, processes.train, self.n_jobs)


@dataclass(frozen=True, kw_only=True)
class SubmititLocal(Joblib):
    """As `Joblib`, in processes that outlive the sweep.

    Raises:
        UserError: no jobs at a time, or submitit is not installed.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        need_submitit()

    def launch(self, jobs: Sequence[Job]) -> list[str]:
        from snnexp.submitted import submit, wait_for  # late: imports submitit

        def train(job: Job, environment: Mapping[str, str]) -> str:
            a_year = 60 * 24 * 365  # submitit has no unlimited time
            (submitted,) = submit("local", [job], {"timeout_min": a_year}, environment)
            return wait_for(job, submitted)

        return side_by_side(jobs, train, self.n_jobs)


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
        need_submitit()
        if not shutil.which("sbatch"):
            raise UserError("hydra/launcher=submitit_slurm: sbatch is not found; start it where SLURM's commands are")

    @property
    def device(self) -> str:
        return "cuda" if self.gpus_per_node else "cpu"

    def launch(self, jobs: Sequence[Job]) -> list[str]:
        from snnexp.submitted import submit, wait_for  # late: imports submitit

        submitted = submit("slurm", jobs, asdict(self))
        return [wait_for(job, each) for job, each in zip(jobs, submitted, strict=True)]


def need_submitit() -> None:
    """Refuse where submitit is not installed."""
    if not find_spec("submitit"):
        raise UserError("hydra/launcher: submitit is not installed; pip install 'snnexp[sweep]'")


def side_by_side(jobs: Sequence[Job], train: Callable[[Job, Mapping[str, str]], str], n_jobs: int | None) -> list[str]:
    """Train `n_jobs` at a time; each takes GPUs that no other has, while there are any, and a part of the cores."""
    from joblib import Parallel, delayed  # late: the other launchers do without

    found = gpus(max(job.composed.config["launch"]["nproc"] for job in jobs))
    width = n_jobs or max(len(found), 1)
    free: SimpleQueue[Mapping[str, str]] = SimpleQueue()
    for slot in range(width):
        free.put(threads(width) | ({"CUDA_VISIBLE_DEVICES": found[slot % len(found)]} if found else {}))

    def on_a_slot(job: Job) -> str:
        slot = free.get()
        try:
            return train(job, slot)
        finally:
            free.put(slot)

    return cast(list[str], Parallel(width, backend="threading")(delayed(on_a_slot)(job) for job in jobs))


def gpus(size: int) -> list[str]:
    """The GPUs that this process may use, `size` of them together, in the words of `CUDA_VISIBLE_DEVICES`."""
    import torch  # late: the help of the command line imports nothing heavy

    count = torch.cuda.device_count()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = visible.split(",")[:count] if visible else [str(index) for index in range(count)]
    starts = range(0, max(count - size, 0) + 1, size) if count else []
    return [",".join(names[start : start + size]) for start in starts]


def threads(width: int) -> dict[str, str]:
    """How many threads each of several jobs may take, unless that was said: more than there are cores slow all down."""
    if width == 1 or "OMP_NUM_THREADS" in os.environ:
        return {}
    return {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // width))}
