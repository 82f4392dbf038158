"""Optuna's search for the values that do best."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import yaml

from snnexp.config.hints import suggest
from snnexp.config.overrides import Span, search_space
from snnexp.errors import FAILURE, PREEMPTED, UserError
from snnexp.files import atomic
from snnexp.machine.packages import install
from snnexp.metrics import figures
from snnexp.metrics.figures import FIGURES
from snnexp.runs import finished
from snnexp.runs.status import read_status
from snnexp.sweeps.jobs import Job
from snnexp.sweeps.launchers.base import Launcher
from snnexp.sweeps.search import Search, Values
from snnexp.sweeps.sweep import show
from snnexp.sweeps.sweepers.base import Sweeper, SweepOptions


@dataclass(frozen=True, kw_only=True)
class OptunaSweeper(Sweeper):
    """The trials that a tree-structured Parzen estimator proposes, each a whole training; none is pruned.

    The same search makes the same trials in the same order, so that one started again finds its own done.

    Raises:
        UserError: no trials, a negative seed, or Optuna is not installed.
    """

    n_trials: int
    n_jobs: int
    seed: int
    metric: str
    direction: Literal["maximize", "minimize"]
    storage: str | None

    def __post_init__(self) -> None:
        for name, least in (("n_trials", 1), ("n_jobs", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise UserError(f"hydra.sweeper.{name}={getattr(self, name)}: must be at least {least}")
        keys = [figure.key for figure in FIGURES]
        if self.metric not in keys:
            hint = suggest(self.metric, keys, f"there are {', '.join(keys)}")
            raise UserError(f"hydra.sweeper.metric={self.metric}: must be a figure of a run; {hint}")
        if not find_spec("optuna"):
            raise UserError(f"hydra/sweeper: optuna is not installed; {install('optuna')}")

    def figure(self, job: Job) -> float:
        """Return what a finished trial is judged by."""
        result = finished.read(job.folder).result
        return next(figure.value(result) for figure in FIGURES if figure.key == self.metric)

    def check_measured(self, job: Job) -> None:
        """Refuse a metric that a trial will not have: what chooses must lie apart from the test set, or be named.

        Raises:
            UserError: one of a validation split that is not there, or of the best epoch on the test set beside one.
        """
        has_split = bool(job.composed.config["dataset"]["validation"])
        if figures.needs_validation(self.metric) and not has_split:
            remedy = "give dataset.validation=0.1, or say hydra.sweeper.metric=test_accuracy to choose by the test set"
            raise UserError(f"hydra.sweeper.metric={self.metric}: there is no validation split to search by; {remedy}")
        if self.metric == "best_test_accuracy" and has_split:
            remedy = "beside dataset.validation no epoch is chosen by the test set; give best_validation_accuracy"
            raise UserError(f"hydra.sweeper.metric={self.metric}: {remedy}")

    def sweep(self, overrides: list[str], options: SweepOptions, launcher: Launcher) -> int:
        search = Search(*search_space(overrides, options.config_dir), options, launcher)
        extremes = search.check()
        for job in extremes:
            self.check_measured(job)
        runs_dir = Path(extremes[0].composed.config["runs_dir"])
        key = search.key(self.metric, self.direction, self.seed)
        study = self.study(key, None if options.dry_run else self.storage)
        jobs: dict[Path, Job] = {}
        for trials in self.batches(study, search):
            found = {number: search.job(values) for number, values in trials.items()}
            fresh = {job.folder: job for job in found.values() if job.folder not in jobs}
            if options.dry_run:
                show(list(fresh.values()), search.chosen(list(fresh.values())))
                return 0
            jobs |= fresh
            search.train(list(fresh.values()), list(jobs.values()), key)
            if "preempted" in map(read_status, fresh):
                return PREEMPTED
            for number, job in found.items():
                self.tell(study, number, job)
        return self.conclude(study, search, runs_dir / "sweeps" / key)

    def study(self, name: str, storage: str | None) -> Any:
        """Return the trials made so far: none, or those that a file holds for a search of this name."""
        import optuna  # late: imports for a second

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        if storage:
            Path(storage).parent.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{storage}" if storage else None
        study = optuna.create_study(storage=url, study_name=name, direction=self.direction, load_if_exists=True)
        study.sampler = optuna.samplers.TPESampler(seed=self.seed + len(study.trials))  # draws on, and nothing twice
        return study

    def batches(self, study: Any, search: Search) -> Iterator[dict[int, Values]]:
        """Yield trials by number, `n_jobs` at once; first those that an interrupted search had begun."""
        space = {key: distribution(draws) for key, draws in search.space.items()}
        left = [trial for trial in study.trials if not trial.state.is_finished()]
        while left or len(study.trials) < self.n_trials:
            batch, left = left[: self.n_jobs], left[self.n_jobs :]
            room = min(self.n_jobs - len(batch), self.n_trials - len(study.trials))
            batch += [study.ask(space) for _ in range(room)]
            yield {trial.number: trial.params for trial in batch}

    def tell(self, study: Any, number: int, job: Job) -> None:
        """Tell the study what a trial has reached, or that it failed."""
        if job.state == "done":
            study.tell(number, self.figure(job))
        else:
            from optuna.trial import TrialState

            study.tell(number, state=TrialState.FAIL)

    def conclude(self, study: Any, search: Search, folder: Path) -> int:
        """Print the best trial and write it to `optimization_results.yaml`; returns the exit status."""
        reached = [trial for trial in study.trials if trial.value is not None]
        count, failed = len(study.trials), len(study.trials) - len(reached)
        if not reached:
            print(f"all of {count} trials failed")
            return FAILURE
        best = study.best_trial
        job, params = search.job(best.params), dict(search.typed(best.params))
        found = {"name": "optuna", "best_params": params, "best_value": best.value, "metric": self.metric}
        found |= {"folder": str(job.folder), "trials": count, "failed": failed}
        path = atomic.subfolder(folder.parent, folder.name) / "optimization_results.yaml"
        atomic.write(path, yaml.safe_dump(found, sort_keys=False).encode())
        print(f"best of {count} trials, {failed} failed: {self.metric} {best.value:.4g}, {path}")
        print(shlex.join(job.command))
        return FAILURE if failed else 0


def distribution(draws: Span | tuple[str, ...]) -> Any:
    """Return what a key draws from, in Optuna's words."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if not isinstance(draws, Span):
        return CategoricalDistribution(draws)
    if isinstance(draws.low, int) and isinstance(draws.high, int):
        return IntDistribution(draws.low, draws.high, log=draws.log, step=int(draws.step or 1))
    return FloatDistribution(draws.low, draws.high, log=draws.log, step=draws.step)
