"""`snnexp sweep`: start those jobs of a sweep that are not done, and tell of each whether it passed."""

import hashlib
import json
import logging
import shlex
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from snnexp import atomic
from snnexp.config import build, compose_launcher
from snnexp.errors import FAILURE, PREEMPTED, UserError
from snnexp.hints import suggest
from snnexp.jobs import Job, expand
from snnexp.launchers.base import Launcher
from snnexp.results import read_result
from snnexp.status import now, read_cause, read_status, wait
from snnexp.usage import Parser

log = logging.getLogger(__name__)

FLAGS = ("--dry-run", "--retry-failed", "--force")


def main(arguments: list[str]) -> int:
    """Start what is to do of all combinations, and return 0 where every job has passed."""
    given, overrides = parse(arguments)
    where = given.config_dir, tuple(given.allow_module)
    launcher, overrides = choose_launcher(overrides, given.config_dir)
    jobs = expand(overrides, *where, launcher.device)
    chosen = [job for job in jobs if is_chosen(job, given)]
    print(tally(jobs))
    if given.dry_run:
        print("\n".join(f"{'start' if job in chosen else 'leave'}  {describe(job)}" for job in jobs))
        return 0
    return run(jobs, chosen, launcher)


def run(jobs: Sequence[Job], chosen: Sequence[Job], launcher: Launcher) -> int:
    """Train the chosen ones of a sweep's jobs, and tell of all; returns the exit status."""
    check_data(chosen)
    for job in chosen:
        if job.state == "done":
            print(f"{job.folder}: kept as {set_aside(job.folder)}, trained anew")
    log.info("`snnexp report %s --watch` follows the sweep", write_record(jobs))
    return report(jobs, train(chosen, launcher))


def parse(arguments: list[str]) -> tuple[Namespace, list[str]]:
    """Options, and overrides."""
    parser = Parser()
    parser.add_argument("--config-dir")
    parser.add_argument("--allow-module", action="append", default=[])
    for flag in FLAGS:
        parser.add_argument(flag, action="store_true")
    given, overrides = parser.parse_known_args(arguments)
    for word in overrides:
        if word.startswith("-"):
            known = [*FLAGS, "--config-dir", "--allow-module"]
            raise UserError(f"{word}: no such option; {suggest(word, known, '`snnexp sweep --help` lists them')}")
    return given, overrides


def choose_launcher(overrides: Sequence[str], config_dir: str | None = None) -> tuple[Launcher, list[str]]:
    """The launcher that overrides for Hydra ask for, and the other overrides, which are for the jobs."""
    ours = [word for word in overrides if word.lstrip("+~").startswith(("hydra/", "hydra."))]
    launcher: Launcher = build(compose_launcher(ours, config_dir))
    return launcher, [word for word in overrides if word not in ours]


def is_chosen(job: Job, given: Namespace) -> bool:
    """Whether a job is started: one that is not done, and by option one that has failed or is done."""
    return {"failed": given.retry_failed, "done": given.force}.get(job.state, True)


def tally(jobs: Sequence[Job]) -> str:
    """`12 done, 1 failed, 3 to do`; jobs that run in another process are told where there are any."""
    states = Counter(job.state for job in jobs)
    running = [f"{states['running']} running"] if states["running"] else []
    return ", ".join([f"{states['done']} done", f"{states['failed']} failed", *running, f"{states['to do']} to do"])


def describe(job: Job) -> str:
    """A job's state, folder and command."""
    return f"{job.state:<9}{job.folder}  {shlex.join(job.command)}"


def check_data(jobs: Sequence[Job]) -> None:
    """Refuse a sweep whose data are not all there, before its first job trains."""
    for node in {json.dumps(job.composed.config["dataset"]): job.composed for job in jobs}.values():
        build(node.config["dataset"], allow_modules=node.allow_modules).check()


def set_aside(folder: Path) -> Path:
    """Move a finished run to `<runs_dir>/replaced/<exp>/<id>-s<seed>-<number>`, where no command takes it for a run."""
    replaced = folder.parents[1] / "replaced" / folder.parent.name
    target = next(path for path in (replaced / f"{folder.name}-{number}" for number in count(1)) if not path.exists())
    replaced.mkdir(parents=True, exist_ok=True)
    return folder.rename(target)


def write_record(jobs: Sequence[Job]) -> Path:
    """Write the jobs' folders to `<runs_dir>/sweeps/<id>.json`; the same jobs are the same sweep."""
    folders = [str(job.folder) for job in jobs]
    key = hashlib.sha256(json.dumps(sorted(folders)).encode()).hexdigest()[:10]
    path = Path(jobs[0].composed.config["runs_dir"]) / "sweeps" / f"{key}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
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
            print(f"PASS  {100 * read_result(job.folder)['test_accuracy']:.2f} %  {job.folder}  {words}")
        except UserError as error:
            failures.append(read_status(job.folder))
            print(f"FAIL  {job.folder}  {words}: {error}")
    print(tally(jobs))
    if not failures:
        return 0
    return PREEMPTED if set(failures) == {"preempted"} else FAILURE
