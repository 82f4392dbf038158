"""Jobs handed to submitit, which starts them here or by SLURM, and again where they were preempted."""

import io
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from typing import Any

from submitit import AutoExecutor
from submitit import Job as Submitted
from submitit.core.job_environment import JobEnvironment
from submitit.core.utils import DelayedSubmission, FailedJobError, FailedSubmissionError, UncompletedJobError

from snnexp.errors import PREEMPTED, UserError
from snnexp.sweeps.jobs import Job
from snnexp.sweeps.worker import Training, training


@dataclass(frozen=True)
class Submission:
    """A job as submitit calls it. Returns why it failed, or ""."""

    training: Training

    def __call__(self) -> str:
        status, cause = self.training.run()
        if status == PREEMPTED and not is_cancelled():
            if is_requeued():
                sys.exit(status)  # without a result, which would end the job
            signal.raise_signal(JobEnvironment._usr_sig())  # by which submitit queues the job again, and exits
        return cause

    def checkpoint(self) -> DelayedSubmission:
        """Return what submitit starts after a preemption."""
        return DelayedSubmission(self)


def is_cancelled() -> bool:
    """Say whether SLURM ends this job for good; a preempted one gets the same signal and runs on."""
    return os.environ["SUBMITIT_EXECUTOR"] == "slurm" and not is_requeued() and in_queue("State") != "RUNNING"


def is_requeued() -> bool:
    """Say whether SLURM put this job back into the queue, as `scontrol requeue` and preemption do."""
    if os.environ["SUBMITIT_EXECUTOR"] != "slurm":
        return False
    return int(in_queue("RestartCnt") or 0) > int(os.environ.get("SLURM_RESTART_COUNT", 0))


def in_queue(field: str) -> str:
    """Return what SLURM's queue says of this job; "" where it knows it no more."""
    command = ["squeue", "--noheader", f"--Format={field}", f"--jobs={os.environ['SLURM_JOB_ID']}"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def submit(
    cluster: str, jobs: Sequence[Job], parameters: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> list[Submitted[str]]:
    """Submit jobs; what they print lies in `<runs_dir>/sweeps/submitit/<number>/`.

    Raises:
        UserError: SLURM refuses them, in its own words.
    """
    folder = f"{jobs[0].composed.config['runs_dir']}/sweeps/submitit/%j"
    at_start = {name: value for name, value in parameters.items() if name == "slurm_max_num_timeout"}
    executor = AutoExecutor(folder, cluster, **at_start)
    executor.update_parameters(**{name: value for name, value in parameters.items() if name not in at_start})
    submissions = [Submission(training(job, dict(environment or {}))) for job in jobs]
    try:
        with redirect_stderr(io.StringIO()):  # where submitit repeats what the error says
            return executor.submit_array(submissions)
    except (FailedJobError, FailedSubmissionError) as error:
        said = " ".join(str(error).replace("sbatch: error: ", "").split())
        remedy = "change hydra.launcher.slurm_partition, .slurm_account, .slurm_qos or what a job requests"
        raise UserError(f"sbatch refuses {len(jobs)} jobs: {said}; {remedy}") from error


def largest_array() -> int | None:
    """Return how many jobs SLURM takes as one array, by its MaxArraySize; None where it does not say."""
    if not shutil.which("scontrol"):
        return None
    config = subprocess.run(["scontrol", "show", "config"], capture_output=True, text=True).stdout
    found = re.search(r"^MaxArraySize\s*=\s*(\d+)", config, re.MULTILINE)
    return max(1, int(found[1])) if found else None


def wait_for(job: Job, submitted: Submitted[str]) -> str:
    """Return why a job failed, once it has ended; "" where it did not."""
    try:
        return submitted.result()
    except UncompletedJobError:
        cause = f"ended without a result ({submitted.state}); its output is in {submitted.paths.stderr}"
        job.settle(cause)
        return cause
