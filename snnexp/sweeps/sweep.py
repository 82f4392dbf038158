"""Starts those jobs of a sweep that are not done, and reports of each whether it passed."""

import json
import logging
import shlex
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from snnexp.config.compose import build, compose_engines
from snnexp.config.overrides import overridden
from snnexp.errors import FAILURE, PREEMPTED, UserError, one_line
from snnexp.files import atomic
from snnexp.metrics.figures import headline
from snnexp.runs import finished
from snnexp.runs.identity import digest
from snnexp.runs.status import now, read_cause, read_status, wait
from snnexp.sweeps.jobs import Job
from snnexp.sweeps.launchers.base import Launcher
from snnexp.sweeps.sweepers.base import Sweeper

log = logging.getLogger(__name__)

ENGINES = ("hydra/launcher", "hydra.launcher.", "hydra/sweeper", "hydra.sweeper.")


def run(jobs: Sequence[Job], chosen: Sequence[Job], launcher: Launcher) -> int:
    """Train the chosen ones of a sweep's jobs, and report all; returns the exit status."""
    log.info("`snnexp report %s --watch` follows the sweep", write_record(jobs))
    return report(jobs, start(chosen, launcher))


def start(chosen: Sequence[Job], launcher: Launcher) -> dict[Path, str]:
    """Train jobs to their end, those that are done again; returns why jobs failed, by folder."""
    for job in chosen:
        if job.state == "done":
            print(f"{job.folder}: moved to {set_aside(job.folder)}, trained again")
    return train(chosen, launcher)


def choose(overrides: Sequence[str], config_dir: str | None = None) -> tuple[Launcher, Sweeper, list[str]]:
    """Build launcher and sweeper from overrides for Hydra; return them with the other overrides, for jobs."""
    ours = [word for word in overrides if overridden(word).startswith(ENGINES)]
    launcher, sweeper = map(build, compose_engines(ours, config_dir))
    return launcher, sweeper, [word for word in overrides if word not in ours]


def tally(jobs: Sequence[Job]) -> str:
    """Count jobs in words as `12 done, 1 failed, 3 to do`, with those in another process where there are any."""
    states = Counter(job.state for job in jobs)
    running = [f"{states['running']} running"] if states["running"] else []
    return ", ".join([f"{states['done']} done", f"{states['failed']} failed", *running, f"{states['to do']} to do"])


def show(jobs: Sequence[Job], chosen: Sequence[Job]) -> None:
    """Print what would become of each job: its state, folder and command."""
    for job in jobs:
        print(f"{'start' if job in chosen else 'leave'}  {job.state:<9}{job.folder}  {shlex.join(job.command)}")


def set_aside(folder: Path) -> Path:
    """Move a finished run to `<runs_dir>/replaced/<exp>/<id>-s<seed>-<number>`, where no command takes it for a run."""
    replaced = folder.parents[1] / "replaced" / folder.parent.name
    target = next(path for path in (replaced / f"{folder.name}-{number}" for number in count(1)) if not path.exists())
    replaced.mkdir(parents=True, exist_ok=True)
    return folder.rename(target)


def write_record(jobs: Sequence[Job], key: str | None = None) -> Path:
    """Write the jobs' folders to `<runs_dir>/sweeps/<key>.json`; without a key the folders give it."""
    folders = [str(job.folder) for job in jobs]
    runs_dir = Path(jobs[0].composed.config["runs_dir"])
    runs_dir.mkdir(parents=True, exist_ok=True)
    path = atomic.subfolder(runs_dir, "sweeps") / f"{key or digest(sorted(folders))}.json"
    atomic.write(path, (json.dumps({"time": now(), "folders": folders}, indent=2) + "\n").encode())
    return path


def train(jobs: Sequence[Job], launcher: Launcher) -> dict[Path, str]:
    """Train jobs to their end; those that another process holds are waited for. Returns why jobs failed, by folder."""
    causes: dict[Path, str] = {}
    while jobs:
        free = [job for job in jobs if job.state != "running"]
        if free:
            causes |= zip((job.folder for job in free), launcher.launch(free), strict=True)
            jobs = [job for job in jobs if job.state == "running"]
        else:
            wait(jobs[0].folder)
            jobs = [job for job in jobs if job.state in ("running", "to do")]
    return causes


def report(jobs: Sequence[Job], causes: dict[Path, str]) -> int:
    """Print a line a job, and the tally; returns the exit status."""
    failures = []
    for job in jobs:
        words = shlex.join(job.overrides)
        try:
            if job.state != "done":
                raise UserError(read_cause(job.folder) or causes.get(job.folder) or job.state)
            print(f"PASS  {headline(finished.read(job.folder).result)}  {job.folder}  {words}")
        except UserError as error:
            failures.append(read_status(job.folder))
            print(f"FAIL  {job.folder}  {words}: {one_line(error)}")
    print(tally(jobs))
    if not failures:
        return 0
    return PREEMPTED if set(failures) == {"preempted"} else FAILURE
