"""By ray, which hands out cores and GPUs, parts of a GPU too, on one machine or many."""

import atexit
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snnexp.errors import PREEMPTED, UserError
from snnexp.files import reading
from snnexp.machine.devices import Machine
from snnexp.machine.signals import Signals
from snnexp.sweeps.jobs import Job
from snnexp.sweeps.launchers.base import Launcher, gpus, need
from snnexp.sweeps.worker import Training, training

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class RayLauncher(Launcher):
    """As many jobs at a time as ray has cores and GPUs for; what is lost or preempted is started again and resumes.

    Raises:
        UserError: ray is not installed, or this machine lacks what one job requests.
    """

    address: str | None
    num_gpus: float
    num_cpus: int
    max_retries: int

    def __post_init__(self) -> None:
        if self.num_gpus < 0 or (self.num_gpus > 1 and self.num_gpus % 1):
            raise UserError(f"hydra.launcher.num_gpus={self.num_gpus}: must be a part of one, or whole ones")
        for name, least in (("num_cpus", 1), ("max_retries", 0)):
            if getattr(self, name) < least:
                raise UserError(f"hydra.launcher.{name}={getattr(self, name)}: must be at least {least}")
        if self.address is None:
            for name, there in (("num_gpus", len(gpus(1))), ("num_cpus", os.cpu_count() or 1)):
                if getattr(self, name) > there:
                    asked = f"hydra.launcher.{name}={getattr(self, name)}"
                    raise UserError(f"{asked}: this machine has {there}; ask for less, or name a cluster by address=")
        need("ray", extra="ray")

    @property
    def machine(self) -> Machine:
        return Machine("cuda" if self.num_gpus else "cpu", self.num_cpus or None)

    def launch(self, jobs: Sequence[Job]) -> list[str]:
        import ray  # late: imports for a second

        with cluster(self.address), Signals() as signals:  # in this order: ray takes the signals when it starts
            self.look_for_place()
            limits = {"num_cpus": self.num_cpus, "num_gpus": self.num_gpus, "max_retries": self.max_retries}
            waiting = started = [ray.remote(max_calls=1, **limits)(train).remote(*order(job)) for job in jobs]
            while waiting:
                _, waiting = ray.wait(waiting, timeout=1)
                for each in waiting if signals.received else ():
                    ray.cancel(each)
            causes = [outcome(each, job) for each, job in zip(started, jobs, strict=True)]
        if signals.received:
            raise KeyboardInterrupt
        return causes

    def look_for_place(self) -> None:
        """Report where no machine of the cluster can take a job: one may join it."""
        import ray

        places = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        if not any(place.get("GPU", 0) >= self.num_gpus and place.get("CPU", 0) >= self.num_cpus for place in places):
            log.warning("no machine of ray's has %g GPUs and %d cores; waiting for one", self.num_gpus, self.num_cpus)


@contextmanager
def cluster(address: str | None) -> Iterator[None]:
    """Connect to ray within the block; without an address start one of our own that ends with the block.

    Raises:
        UserError: no ray answers there.
    """
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        ray.init(address or "local", include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError) as error:
        remedy = "start it by `ray start --head`, or leave the address out to have one here"
        raise UserError(f"hydra.launcher.address={address}: no ray answers there; {remedy}") from error
    try:
        with redirect_stdout(sys.stderr):  # where ray reports workers that it lost
            yield
    finally:
        ray.shutdown()


def order(job: Job) -> tuple[Training, Path, Path]:
    """Return a job, the folder that it starts in, and the file for its output."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("SNNEXP_")}
    return training(job, settings), Path.cwd(), output(job)


def output(job: Job) -> Path:
    """Return the file that a job's output goes to."""
    return Path(job.composed.config["runs_dir"]) / "sweeps" / "ray" / f"{job.composed.exp}-{job.folder.name}.log"


def train(ordered: Training, folder: Path, output: Path) -> str:
    """Train in a worker of ray's, which ends with it; returns why that failed, "" where it did not."""
    atexit.register(os._exit, 0)  # torch and ray in one process can hang where each takes itself down
    os.chdir(folder)
    output.parent.mkdir(parents=True, exist_ok=True)
    with reading.opened(output.parent, output.name, os.O_WRONLY | os.O_APPEND | os.O_CREAT) as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    status, cause = ordered.run()
    if status == PREEMPTED:
        sys.exit(status)  # a worker that ends itself is lost: ray starts its job again, unless that was cancelled
    return cause


def outcome(started: Any, job: Job) -> str:
    """Return why a job failed, once it has ended; "" where it did not."""
    import ray
    from ray.exceptions import RayError

    try:
        return ray.get(started)
    except RayError as error:
        cause = f"lost by ray ({type(error).__name__}); its output is in {output(job)}"
        job.settle(cause)
        return cause
