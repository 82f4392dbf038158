"""The jobs of a sweep: each a composed run, with its folder and the state that this is in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from snnexp.config import Composed, combinations, compose
from snnexp.identity import run_folder
from snnexp.status import is_finished, read_status

State = Literal["done", "failed", "running", "to do"]


@dataclass(frozen=True)
class Job:
    """One run, to be made or made already, by the overrides that `snnexp train` takes for it."""

    overrides: list[str]
    composed: Composed

    @property
    def folder(self) -> Path:
        """Where the run lies, or will lie."""
        return run_folder(self.composed.config, self.composed.exp)

    @property
    def state(self) -> State:
        """What has become of the run; one that was stopped or preempted is `to do`, and will go on."""
        if is_finished(self.folder):
            return "done"
        status = read_status(self.folder)
        return cast(State, status) if status in ("failed", "running") else "to do"


def expand(overrides: list[str], config_dir: str | None = None, allow_modules: tuple[str, ...] = ()) -> list[Job]:
    """A job for each combination of values in overrides such as `exp=rmp_vanilla_cifar10,rmp_cifar10 seed=1,2,3`.

    Combinations that stand for one and the same run are one job.

    Raises:
        UserError: as `config.compose`, for any of them.
    """
    combined = combinations(overrides, config_dir)
    found: dict[Path, Job] = {}
    for each in combined:
        job = Job(each, compose(each, config_dir, allow_modules))
        found.setdefault(job.folder, job)
    return list(found.values())
