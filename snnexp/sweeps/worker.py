"""A job in another program's worker, here or on another machine: what submitit and ray start."""

import logging
import os
from dataclasses import dataclass

from snnexp.errors import FAILURE, PREEMPTED, Preempted, one_line
from snnexp.machine import logs
from snnexp.sweeps.jobs import Job

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Training:
    """What `snnexp train` is given for a job, and its environment; run again, it resumes in the same folder."""

    overrides: list[str]
    config_dir: str | None
    allow_modules: tuple[str, ...]
    environment: dict[str, str]

    def run(self) -> tuple[int, str]:
        """Train to the end; returns the exit status, and why the job failed or stopped, "" where it did not."""
        os.environ.update(self.environment)
        from snnexp.config.compose import compose
        from snnexp.training.run import main  # late: torch reads the environment

        logs.configure()
        try:
            status = main(compose(self.overrides, self.config_dir, self.allow_modules), self.config_dir)
            return status, f"ended with status {status}" if status else ""
        except Preempted as error:
            log.info("%s", error)
            return PREEMPTED, str(error)
        except Exception as error:
            log.exception("the job failed")
            return FAILURE, one_line(error)


def training(job: Job, environment: dict[str, str]) -> Training:
    """Return the job with the device and the threads that it was composed for, whatever is found where it runs."""
    overrides = [*job.overrides, f"device={job.composed.config['device']}"]
    return Training(overrides, job.config_dir, job.composed.allow_modules, {**environment, **job.environment})
