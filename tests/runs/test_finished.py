"""Of a finished run no file is read that is not its own, and each run counts once, whichever command asks."""

import logging
import random
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from snnexp.commands import ls as listing
from snnexp.commands import main
from snnexp.config.compose import Composed, compose
from snnexp.datasets.digits import Digits
from snnexp.errors import UserError
from snnexp.plots import runs as drawn
from snnexp.report import text
from snnexp.report.groups import group
from snnexp.report.sources import Source
from snnexp.report.table import table
from snnexp.runs import finished
from snnexp.runs.checkpoint import checkpoints
from snnexp.runs.finished import counted
from snnexp.runs.identity import identify
from snnexp.runs.results import read_result, write_result
from snnexp.runs.run import Run
from snnexp.runs.status import mark
from snnexp.sweeps import sweep
from snnexp.sweeps.jobs import Job
from snnexp.sweeps.sweepers.optuna import OptunaSweeper
from snnexp.tables import costs, records
from snnexp.tables.base import Row
from snnexp.training.run import evaluate_main, train
from snnexp.training.trained import load

TINY = ["backbone.width=2", "T=1", "trainer.epochs=2", "device=cpu"]


@pytest.fixture(autouse=True)
def heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets `caplog` hear what snnexp logs, whatever command was run before."""
    monkeypatch.setattr(logging.getLogger("snnexp"), "propagate", True)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The folders of two seeds of one config."""
    runs = tmp_path_factory.mktemp("trained")
    return [Path(train(composed(runs, seed))["folder"]) for seed in (1, 2)]


@pytest.fixture
def runs(trained: list[Path], tmp_path: Path) -> list[Path]:
    """Copies of both in a folder of the test's own, in which it may change them."""
    shutil.copytree(trained[0].parents[1], tmp_path / "runs")
    return [tmp_path / "runs" / run.parent.name / run.name for run in trained]


@cache
def composed(runs: Path, seed: int) -> Composed:
    return compose([*TINY, f"seed={seed}", f"runs_dir={runs}"])


def job(run: Path) -> Job:
    seed = int(run.name.rpartition("-s")[2])
    made = composed(run.parents[1], seed)
    return Job([f"seed={seed}"], made, identify(made, Digits().fingerprint()))


def by_table(run: Path) -> None:
    row = Row(name="x", exp="quickstart", overrides=(), seeds=(1, 2), paper={}, against=())
    records.collect([records.Condition(row, composed(run.parents[1], 1))])


def by_report(run: Path) -> None:
    (shown,) = (each for each in Source(run.parent).runs() if each.folder == run)
    if shown.state == "damaged" and shown.result is None and not shown.rows:
        raise UserError(shown.cause)


def by_ls(run: Path) -> None:
    (told,) = (each for each in listing.runs(run.parents[1]) if str(run) in each)
    if told.startswith(("damaged", "copy")):
        raise UserError(told)


def by_sweep(run: Path) -> None:
    told: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", told.append)
        if sweep.report([job(run)], {}):
            raise UserError(told[0])


def by_optuna(run: Path) -> None:
    study = SimpleNamespace(tell=lambda *_: None)
    settings = {"n_trials": 1, "n_jobs": 1, "seed": 0, "metric": "test_accuracy", "direction": "maximize"}
    OptunaSweeper(**settings, storage=None).tell(study, 0, job(run))


READERS: dict[str, Callable[[Path], object]] = {
    "eval": lambda run: evaluate_main(str(run), ["device=cpu"]),
    "export": load,
    "plot": lambda run: drawn.read(run, ["device=cpu"]),
    "report": by_report,
    "table": by_table,
    "ls": by_ls,
    "costs": lambda run: [*costs.read(run.parents[1])],
    "sweep": by_sweep,
    "optuna": by_optuna,
    "train": lambda run: train(job(run).composed),
}


def refusals(run: Path, name: str) -> list[str]:
    """The readers that do not refuse a run, naming one of its files or one that its result names."""
    passed = []
    for reader, read in READERS.items():
        try:
            read(run)
            passed.append(reader)
        except UserError as error:
            assert str(run / name) in str(error) or (name == "result.json" and str(run) in str(error)), (reader, error)
    return passed


def test_every_reader_takes_a_run_as_it_was_left(runs: list[Path]):
    for read in READERS.values():
        read(runs[0])
    others = {"result.json", "status.json", "lock", "tensorboard"}
    assert read_result(runs[0])["files"].keys() == {path.name for path in runs[0].iterdir()} - others


@pytest.mark.count(20, 200)
def test_no_reader_takes_a_changed_byte_or_a_sibling_s_file(count: int, runs: list[Path], figure):
    draw = random.Random(0)
    names = ["result.json", *read_result(runs[0])["files"]]
    for _ in range(count):
        name = draw.choice(names)
        ours, theirs = ((run / name).read_bytes() for run in runs)
        if ours == theirs or draw.random() < 0.7:  # what seeds share is one and the same file
            changed = bytearray(ours)
            changed[draw.randrange(len(ours))] ^= draw.randrange(1, 256)
            (runs[0] / name).write_bytes(changed)
        else:
            for run, data in zip(runs, (theirs, ours), strict=True):
                (run / name).write_bytes(data)
        assert refusals(runs[0], name) == []
        for run, data in zip(runs, (ours, theirs), strict=True):
            (run / name).write_bytes(data)
    text = f"{count} changed bytes and exchanged files: refused by name by all of {', '.join(READERS)}"
    figure("a run's files are its own", text)


def test_the_files_of_another_seed_are_no_way_to_its_figures(runs: list[Path], capsys: pytest.CaptureFixture):
    shutil.copy(runs[1] / "model.safetensors", runs[0])
    for command in ("eval", "export", "plot"):
        assert main([command, str(runs[0])]) == 2
        told = f"{runs[0]}/model.safetensors: not as run {runs[0].name} left it, changed or another run's; put it back"
        assert told in capsys.readouterr().err
    assert not (runs[0] / "hub").exists() and not (runs[0] / "figures").exists()


def test_an_edited_config_is_told_with_its_keys(runs: list[Path], capsys: pytest.CaptureFixture):
    path = runs[0] / "config.yaml"
    path.write_text(path.read_text().replace("v_threshold: 0.5", "v_threshold: 0.7"))
    for command in ("eval", "export", "plot"):
        assert main([command, str(runs[0])]) == 2
        assert "changed or another run's (neuron.v_threshold=0.7); put it back" in capsys.readouterr().err


def test_a_copied_seed_is_no_other_one(runs: list[Path], caplog: pytest.LogCaptureFixture):
    copy = runs[0].with_name(runs[0].name.replace("-s1", "-s7"))
    shutil.copytree(runs[0], copy)
    shutil.copytree(runs[0], backup := runs[0].parents[1] / "backup" / runs[0].name)
    shutil.copytree(runs[0], free := runs[0].with_name(f"{runs[0].name} (copy)"))
    told = f"{copy}: holds run {runs[0].name}, which it is not called"
    for reader in ("eval", "export", "plot", "sweep", "optuna", "train"):
        with pytest.raises(UserError, match=re.escape(told)):
            READERS[reader](copy)
    folders = [*runs, copy, backup, free]
    assert [run.folder for run in counted(folders)] == runs
    assert [message.partition(": ")[0] for message in caplog.messages] == [str(copy), str(backup), str(free)]
    shown = {run.folder: run for run in Source(runs[0].parents[1]).runs()}
    assert {folder: run.state for folder, run in shown.items()} == dict.fromkeys(folders, "copy") | {
        backup: "done",
        runs[1]: "done",
    }
    assert [line.seeds for line in table(group(Source(runs[0].parent).runs())).lines] == [(1, 2)]
    (copy / "status.json").write_text('{"status": "preempted"}')  # as of a run that has not finished
    assert {run.state: run.rows for run in Source(runs[0].parent).runs() if run.folder == copy} == {"copy": []}
    mark(copy, "done")
    assert READERS["eval"](free) == 0  # by a name that is no run's, it is what it was


def test_checkpoints_and_rows_of_another_seed_do_not_go_on(runs: list[Path]):
    first, second = runs
    for run in runs:
        (run / "result.json").unlink()
    states = [path.name for path in checkpoints(first)]
    kept = {name: (second / name).read_bytes() for name in ("metrics.jsonl", *states)}
    for name in states:
        shutil.copy(first / name, second)
    with pytest.raises(UserError, match=f"{second}: its last checkpoint is of run {first.name}; remove it"):
        READERS["train"](second)
    for name in states:
        (second / name).write_bytes(kept[name])
    shutil.copy(first / "metrics.jsonl", second)
    with pytest.raises(UserError, match=f"{second}/metrics.jsonl: not the rows that the checkpoint knows"):
        READERS["train"](second)
    (second / "metrics.jsonl").write_bytes(kept["metrics.jsonl"])
    READERS["train"](second)
    assert finished.read(second).rows[-1]["epoch"] == 1


def test_what_was_edited_while_it_trained_is_not_sealed(tmp_path: Path):
    made = composed(tmp_path, 1)
    with Run.open(made, identify(made, {})) as run:
        run.load()
        run.log({"epoch": 0, "test_accuracy": 0.5})
        for name in ("config.yaml", "metrics.jsonl"):
            (run.folder / name).write_text("{}")
        run.finish({"test_accuracy": 0.5})
    left = finished.read(run.folder)
    assert [row["epoch"] for row in left.rows] == [0]
    assert yaml.safe_load(left.file("config.yaml").read_text()) == left.config


def test_files_that_were_left_out_are_missed_when_they_are_asked_for(runs: list[Path]):
    for path in (*checkpoints(runs[0]), runs[0] / "model.safetensors"):
        path.unlink()
    for reader in ("report", "table", "costs", "sweep", "optuna", "train"):
        READERS[reader](runs[0])
    for reader in ("eval", "export", "plot"):
        with pytest.raises(UserError, match=r"model.safetensors: not there; copy it from where"):
            READERS[reader](runs[0])


def test_of_an_old_run_that_holds_no_checksums_the_result_alone_is_read(runs: list[Path]):
    result = read_result(runs[0])
    del result["files"]
    write_result(runs[0], result)
    for reader in ("table", "sweep", "optuna", "train"):
        READERS[reader](runs[0])
    for reader in ("eval", "export", "plot", "report", "costs"):
        with pytest.raises(UserError, match=r"cannot be verified \(result.json holds no checksum of it"):
            READERS[reader](runs[0])


def test_a_penalty_that_is_off_is_told_in_log_result_and_report(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    for name in ("[rmp]", "[]"):
        train(compose([*TINY, "trainer.epochs=1", f"runs_dir={tmp_path}", f"regularizer={name}"]))
    told = "rmp does nothing, its lambda is 0 in every epoch"
    assert sum(told in message for message in caplog.messages) == 1
    results = [read_result(path.parent) for path in tmp_path.glob("*/*/result.json")]
    assert sorted(len(result["warnings"]) for result in results) == [0, 1]
    page = text(Source(tmp_path))
    assert "Warning of regularizer=[rmp]: rmp does nothing" in page and "Warning: rmp does nothing" in page


@pytest.mark.parametrize("name", ["config.yaml", "model.safetensors", "checkpoint"])
def test_the_remedy_helps(name: str, runs: list[Path]):
    accuracy = read_result(runs[0])["test_accuracy"]
    name = checkpoints(runs[0])[-1].name if name == "checkpoint" else name
    shutil.copy(runs[1] / name, runs[0])
    with pytest.raises(UserError, match=f"{name}: not as run .* left it.*; put it back, or remove result.json"):
        READERS["train"](runs[0])
    (runs[0] / "result.json").unlink()
    if name.startswith("checkpoint"):
        with pytest.raises(UserError, match=f"its last checkpoint is of run {runs[1].name}"):
            READERS["train"](runs[0])
    else:
        assert train(job(runs[0]).composed)["test_accuracy"] == accuracy == read_result(runs[0])["test_accuracy"]


def test_finished_runs_are_read_through_one_door():
    """What reads a run's files beside `finished` does so before the run has finished."""
    package = Path(finished.__file__).parent
    texts = {str(path.relative_to(package)): path.read_text() for path in package.rglob("*.py")}
    doors = {"read_result(": {"results.py", "finished.py"}, "history.read(": {"finished.py", "report/base/runs.py"}}
    for call, known in doors.items():
        assert {path for path, content in texts.items() if call in content} <= known, call


def test_an_evaluation_that_differs_from_the_run_says_so(runs: list[Path], capsys: pytest.CaptureFixture):
    result = read_result(runs[0])
    recorded = f"test accuracy {100 * result['test_accuracy']:.2f} %, firing rate {result['firing_rate']:.4f}"
    for overrides, differs in ([], False), (["neuron.v_threshold=0.9"], True):
        evaluate_main(str(runs[0]), ["device=cpu", *overrides])
        said = capsys.readouterr().out
        assert (f"warning             the run measured {recorded}" in said) == differs, said
        assert (": other overrides, data, device or versions" in said) == differs, said
