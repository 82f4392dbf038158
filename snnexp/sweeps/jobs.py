"""The jobs of a sweep: each a composed run, with its folder and the state that this is in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from tqdm import tqdm

from snnexp.config.compose import HERE, Composed, build, compose_all
from snnexp.config.overrides import combinations
from snnexp.config.targets import own_keys
from snnexp.machine.devices import Machine
from snnexp.runs.identity import Identity, identify
from snnexp.runs.status import is_finished, mark, read_status

State = Literal["done", "failed", "running", "to do"]


@dataclass(frozen=True)
class Job:
    """One run, to be made or made already, by the overrides that `snnexp train` takes for it."""

    overrides: list[str]
    composed: Composed
    identity: Identity
    config_dir: str | None = None

    @property
    def command(self) -> list[str]:
        """The command that makes the run."""
        folder = [] if self.config_dir is None else ["--config-dir", self.config_dir]
        modules = [word for module in self.composed.allow_modules for word in ("--allow-module", module)]
        return ["snnexp", "train", *self.overrides, *folder, *modules]

    @property
    def environment(self) -> dict[str, str]:
        """What its process must find in its environment to be this run: the threads, wherever it is started."""
        return {"OMP_NUM_THREADS": str(self.composed.config["threads"])}

    @property
    def folder(self) -> Path:
        """Where the run lies, or will lie."""
        return self.identity.folder

    @property
    def state(self) -> State:
        """What has become of the run; one that was stopped or preempted is `to do`, and will resume."""
        if is_finished(self.folder):
            return "done"
        status = read_status(self.folder)
        return cast(State, status) if status in ("failed", "running") else "to do"

    def settle(self, cause: str) -> None:
        """Mark the run as failed where its process ended, by `cause`, before it could do so itself."""
        if read_status(self.folder) == "stopped":
            mark(self.folder, "failed", cause)


def expand(
    overrides: list[str],
    config_dir: str | None = None,
    allow_modules: tuple[str, ...] = (),
    machine: Machine = HERE,
) -> list[Job]:
    """Make a job of each combination of values in overrides such as `exp=rmp_vanilla_cifar10,rmp_cifar10 seed=1,2`.

    Combinations that stand for one and the same run are one job. `machine` is where they run.

    Raises:
        UserError: as `config.compose`, for any of them; or data that are not there.
    """
    each = combinations(overrides, config_dir)
    all_of_them = compose_all(each, config_dir, allow_modules, machine)
    runs = list(tqdm(all_of_them, "jobs", len(each), False, delay=3, disable=None))  # before data are looked at
    prints: dict[str, Mapping[str, Any]] = {}
    found: dict[Path, Job] = {}
    for composed in runs:
        node = json.dumps(composed.config["dataset"])
        if node not in prints:
            prints[node] = fingerprint(composed)
        job = Job(composed.overrides, composed, identify(composed, prints[node]), config_dir)
        found.setdefault(job.folder, job)
    return list(found.values())


def fingerprint(composed: Composed) -> Mapping[str, Any]:
    """Return the fingerprint of a run's data, which must be there."""
    dataset = build(own_keys("dataset", composed.config["dataset"]), allow_modules=composed.allow_modules)
    dataset.check()
    return dataset.fingerprint()
