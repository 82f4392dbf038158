"""Searches whose runs end at once with a known result, and a real one."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import yaml

from snnexp.commands import main
from snnexp.runs.run import Run
from snnexp.sweeps.jobs import Job
from snnexp.sweeps.launchers.base import Launcher
from snnexp.sweeps.sweepers.base import SweepOptions
from snnexp.sweeps.sweepers.optuna import OptunaSweeper

NO_OPTIONS = SweepOptions()
SEARCH = ["hydra/sweeper=optuna", "hydra.sweeper.n_trials=4"]
BY_TEST = ["hydra.sweeper.metric=test_accuracy"]


def peak(config: dict) -> float:
    """An accuracy that is largest at a learning rate of 0.3."""
    return 1 - (config["optimizer"]["lr"] - 0.3) ** 2


class Instant(Launcher):
    """Ends jobs at once; stops, as by Ctrl-C, before the batch of a number."""

    def __init__(self, measure: Callable[[dict], float] = peak, stop_before: int | None = None) -> None:
        self.measure, self.stop_before = measure, stop_before
        self.batches: list[list[Job]] = []

    def launch(self, jobs: Sequence[Job]) -> list[str]:
        if len(self.batches) == self.stop_before:
            raise KeyboardInterrupt
        self.batches.append(list(jobs))
        return [self.finish(job) for job in jobs]

    def finish(self, job: Job) -> str:
        try:
            with Run.open(job.composed, job.identity) as run:
                run.finish({"test_accuracy": self.measure(job.composed.config), "quantization_error": 0.1})
        except ZeroDivisionError as error:
            return str(error)
        return ""


def sweeper(n_trials: int = 6, n_jobs: int = 2, storage: str | None = None, **given) -> OptunaSweeper:
    settings = {"seed": 0, "metric": "test_accuracy", "direction": "maximize"} | given
    return OptunaSweeper(n_trials=n_trials, n_jobs=n_jobs, storage=storage, **settings)


def space(tmp_path: Path, *words: str) -> list[str]:
    return [f"runs_dir={tmp_path / 'runs'}", *(words or ("optimizer.lr=interval(0.01,1)",))]


def results(tmp_path: Path, figure: str = "test_accuracy") -> dict[float, float]:
    """Accuracy by learning rate of all finished runs."""
    found = [json.loads(path.read_text()) for path in tmp_path.glob("runs/*/*/result.json")]
    return {each["config"]["optimizer"]["lr"]: each[figure] for each in found}


def best(tmp_path: Path) -> dict:
    (path,) = tmp_path.glob("runs/sweeps/*/optimization_results.yaml")
    return yaml.safe_load(path.read_text())


def test_the_best_of_all_trials_is_told_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture):
    launcher = Instant()
    assert sweeper(n_trials=9).sweep(space(tmp_path), NO_OPTIONS, launcher) == 0
    found, reached = best(tmp_path), results(tmp_path)
    assert [len(batch) for batch in launcher.batches] == [2] * 4 + [1] and len(reached) == 9
    assert found["best_value"] == max(reached.values()) and found["trials"] == 9 and found["failed"] == 0
    lr = found["best_params"]["optimizer.lr"]
    assert reached[lr] == found["best_value"] and abs(lr - 0.3) < 0.2
    told = capsys.readouterr().out.splitlines()[-2:]
    assert told[0].startswith("best of 9 trials, 0 failed: test_accuracy ") and f"optimizer.lr={lr}" in told[1]
    (record,) = tmp_path.glob("runs/sweeps/*.json")
    assert len(json.loads(record.read_text())["folders"]) == 9


def test_the_least_of_another_metric(tmp_path: Path):
    search = sweeper(metric="test_accuracy", direction="minimize")
    assert search.sweep(space(tmp_path), NO_OPTIONS, Instant()) == 0
    assert best(tmp_path)["best_value"] == min(results(tmp_path).values())
    assert sweeper(metric="quantization_error").sweep(space(tmp_path / "b"), NO_OPTIONS, Instant()) == 0
    assert best(tmp_path / "b")["best_value"] == 0.1


def test_the_values_of_a_range_are_those_that_one_would_type(tmp_path: Path):
    assert sweeper(n_trials=12).sweep(space(tmp_path, "optimizer.lr=range(0.1,0.4,0.1)"), NO_OPTIONS, Instant()) == 0
    assert set(results(tmp_path)) == {0.1, 0.2, 0.3} and best(tmp_path)["best_params"] == {"optimizer.lr": 0.3}


def test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path: Path):
    whole, first, second, third = Instant(), Instant(stop_before=2), Instant(), Instant()
    sweeper().sweep(space(tmp_path / "whole"), NO_OPTIONS, whole)
    with pytest.raises(KeyboardInterrupt):
        sweeper().sweep(space(tmp_path), NO_OPTIONS, first)
    assert sweeper().sweep(space(tmp_path), NO_OPTIONS, second) == 0
    assert sweeper().sweep(space(tmp_path), NO_OPTIONS, third) == 0
    assert results(tmp_path) == results(tmp_path / "whole")
    assert [len(each.batches) for each in (whole, first, second, third)] == [3, 2, 1, 0]


def test_a_file_keeps_the_trials_and_those_that_were_on_their_way_end_first(tmp_path: Path):
    file = str(tmp_path / "new/search.db")
    with pytest.raises(KeyboardInterrupt):
        sweeper(storage=file).sweep(space(tmp_path), NO_OPTIONS, Instant(stop_before=2))
    again = Instant()
    assert sweeper(storage=file).sweep(space(tmp_path), NO_OPTIONS, again) == 0
    assert [len(batch) for batch in again.batches] == [2] and len(results(tmp_path)) == 6
    more = Instant()
    assert sweeper(storage=file, n_trials=7).sweep(space(tmp_path), NO_OPTIONS, more) == 0
    assert len(more.batches) == 1 and best(tmp_path)["trials"] == 7
    assert best(tmp_path)["best_value"] == max(results(tmp_path).values())


def test_a_trial_that_fails_stops_no_other(tmp_path: Path):
    launcher = Instant(lambda config: peak(config) if config["optimizer"]["lr"] < 0.5 else 1 // 0)
    assert sweeper().sweep(space(tmp_path), NO_OPTIONS, launcher) == 1
    found = best(tmp_path)
    assert found["trials"] == 6 and 0 < found["failed"] == 6 - len(results(tmp_path))
    assert found["best_value"] == max(results(tmp_path).values())


def test_where_all_fail_there_is_no_best(tmp_path: Path, capsys: pytest.CaptureFixture):
    assert sweeper(n_trials=2).sweep(space(tmp_path), NO_OPTIONS, Instant(lambda _: 1 // 0)) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "all of 2 trials failed"
    assert not list(tmp_path.glob("runs/sweeps/*/*"))


def test_a_run_that_is_proposed_again_is_trained_once(tmp_path: Path):
    launcher = Instant()
    forced = SweepOptions(force=True)
    assert sweeper().sweep(space(tmp_path, "optimizer.lr=0.2,0.3"), forced, launcher) == 0
    assert sorted(job.overrides[-1] for batch in launcher.batches for job in batch) == [
        "optimizer.lr=0.2",
        "optimizer.lr=0.3",
    ]
    assert best(tmp_path)["best_params"] == {"optimizer.lr": "0.3"}


def test_a_dry_run_shows_the_first_trials_and_makes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture):
    words = [*SEARCH, *BY_TEST, "hydra.sweeper.n_jobs=3", f"hydra.sweeper.storage={tmp_path / 'search.db'}"]
    assert main(["sweep", *space(tmp_path, "T=range(2,9,2)"), *words, "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert 1 <= len(lines) <= 3 and all(line.startswith("start  to do ") for line in lines)
    assert {line.rpartition(" T=")[2] for line in lines} <= {"2", "4", "6", "8"} and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "hydra/sweeper=optuna: nothing to search; write KEY=interval(LOW,HIGH)"),
        (["T=interval(1,4)"], "T=1.0: must be an integer"),
        (["T=int(interval(0,4))"], "T=0: must be at least 1"),
        (["optimizer.lr=interval(1,0.1)"], "optimizer.lr=interval(1,0.1): must rise"),
        (["optimizer.lr=tag(log,interval(0,1))"], "optimizer.lr=tag(log,interval(0,1)): must rise, with tag(log,...)"),
        (["T=tag(log,range(1,4))"], "T=tag(log,range(1,4)): a search knows tag(log,interval(LOW,HIGH)) alone"),
        (["optimizer.lr=tag(lgo,interval(1,2))"], "optimizer.lr=tag(lgo,interval(1,2)): a search knows"),
        (["T=shuffle(range(1,4))"], "T=shuffle(range(1,4)): a search draws by itself"),
        (["T=range(4,4)"], "T=range(4,4): no values"),
        (["neuron=lif,plfi"], "neuron=plfi: no such neuron; did you mean plif"),
        (["T=1,2", "hydra.sweeper.n_trials=0"], "hydra.sweeper.n_trials=0: must be at least 1"),
        (["T=1,2", "hydra.sweeper.metric=test_acuracy"], "hydra.sweeper.metric=test_acuracy: must be "),
        (["T=1,2"], "hydra.sweeper.metric=validation_accuracy: there is no validation split"),
        (["dataset.validation=0,0.1"], "hydra.sweeper.metric=validation_accuracy: there is no validation split"),
        (["T=1,2", "hydra.sweeper.metric=chosen_test_accuracy"], "hydra.sweeper.metric=chosen_test_accuracy: there"),
        (
            ["T=1,2", "hydra.sweeper.metric=best_test_accuracy", "dataset.validation=0.1"],
            "hydra.sweeper.metric=best_test_accuracy: beside dataset.validation no epoch",
        ),
        (["T=1,2", "hydra/sweeper=optun"], "hydra/sweeper=optun: no such hydra/sweeper; did you mean optuna?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_told_before_anything_is_made(
    words: list[str], text: str, tmp_path: Path, capsys: pytest.CaptureFixture
):
    assert main(["sweep", *SEARCH, f"runs_dir={tmp_path / 'runs'}", *words]) == 2
    out, error = capsys.readouterr()
    assert out == "" and error.startswith(f"snnexp: {text}") and len(error.splitlines()) == 1
    assert not (tmp_path / "runs").exists()


def test_a_table_is_not_searched(capsys: pytest.CaptureFixture):
    assert main(["reproduce", "rmp_ablation", "hydra/sweeper=optuna"]) == 2
    assert "hydra/sweeper=optuna: a table's runs are those of its rows" in capsys.readouterr().err


@pytest.mark.slow
def test_a_real_search_beats_its_worst_trial(tmp_path: Path):
    small = ["trainer.epochs=1", "backbone.width=4", "T=2", "device=cpu", f"runs_dir={tmp_path / 'runs'}"]
    draws = ["optimizer.lr=tag(log,interval(1e-4,1))", "neuron=lif,plif"]
    search = [*SEARCH, "dataset.validation=0.2", "hydra/launcher=joblib", "hydra.sweeper.n_jobs=2"]
    assert main(["sweep", *small, *draws, *search]) == 0
    reached = results(tmp_path, "validation_accuracy")
    assert len(reached) == 4 and best(tmp_path)["best_value"] == max(reached.values()) > min(reached.values())
