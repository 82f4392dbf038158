"""What a launcher is, and how jobs share one machine."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from importlib.util import find_spec
from queue import SimpleQueue
from typing import cast

from snnexp.errors import UserError, require
from snnexp.machine.devices import Machine, cores
from snnexp.machine.packages import install
from snnexp.sweeps.jobs import Job
from snnexp.sweeps.nursery import FORKS, Nursery


class Launcher(ABC):
    """Trains jobs, each in a process of its own, so that none stops another."""

    @property
    def machine(self) -> Machine:
        """Where the jobs run: by default this machine, which each has for itself."""
        return Machine()

    def prepared(self) -> AbstractContextManager[object]:
        """Prepare for jobs, beside what is done before the first of them; what is ready then ends with the context."""
        return nullcontext()

    @abstractmethod
    def launch(self, jobs: Sequence[Job]) -> list[str]:
        """Train jobs to their end; returns for each why it failed, "" where it did not."""


@dataclass(frozen=True, kw_only=True)
class LocalLauncher(Launcher):
    """Trains jobs in processes of this machine that end with the sweep."""

    nursery: Nursery = field(default_factory=Nursery, init=False, repr=False, compare=False)

    @contextmanager
    def prepared(self) -> Iterator[None]:
        if FORKS:
            self.nursery.prepare()
        try:
            yield
        finally:
            self.nursery.close()


def need(package: str, extra: str) -> None:
    """Refuse where a package is not installed that one of ours brings as an extra."""
    if not find_spec(package):
        raise UserError(f"hydra/launcher: {package} is not installed; {install(extra)}")


def check_width(n_jobs: int | None) -> None:
    """Refuse a sweep with no jobs at a time."""
    require(n_jobs is None or n_jobs >= 1, f"hydra.launcher.n_jobs={n_jobs}: must be at least 1, or null for one a GPU")


def side_by_side(
    jobs: Sequence[Job], train: Callable[[Job, Mapping[str, str]], str], n_jobs: int | None, per_gpu: int = 1
) -> list[str]:
    """Train `n_jobs` at a time, or `per_gpu` on each GPU: jobs take GPUs that no other has, while there are any."""
    from joblib import Parallel, delayed  # late: the other launchers do without

    found = gpus(max(job.composed.config["launch"]["nproc"] for job in jobs))
    width = n_jobs or max(len(found) * per_gpu, 1)
    free: SimpleQueue[Mapping[str, str]] = SimpleQueue()
    for slot in range(width):
        free.put({"CUDA_VISIBLE_DEVICES": found[slot % len(found)]} if found else {})

    def on_a_slot(job: Job) -> str:
        slot = free.get()
        try:
            return train(job, slot)
        finally:
            free.put(slot)

    return cast(list[str], Parallel(width, backend="threading")(delayed(on_a_slot)(job) for job in jobs))


def gpus(size: int) -> list[str]:
    """Return the GPUs that this process may use, `size` of them together, in the words of `CUDA_VISIBLE_DEVICES`."""
    import torch  # late: the help of the command line imports nothing heavy

    count = torch.cuda.device_count()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = visible.split(",")[:count] if visible else [str(index) for index in range(count)]
    starts = range(0, max(count - size, 0) + 1, size) if count else []
    return [",".join(names[start : start + size]) for start in starts]


def shared(n_jobs: int | None, per_gpu: int = 1) -> Machine:
    """Return this machine for each of several jobs: its part of the cores, since more threads slow all of them down."""
    return Machine(threads=max(1, cores() // (n_jobs or len(gpus(1)) * per_gpu or 1)))
