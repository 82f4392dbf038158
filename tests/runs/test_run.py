import copy
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from snnexp.config.compose import Composed, compose
from snnexp.errors import RunError, UserError
from snnexp.runs.identity import identify, key
from snnexp.runs.run import Run

MEASURED = {"test_accuracy": 0.75, "firing_rate": 0.1, "quantization_error": 0.2}
HOLD = """
import sys, time
from pathlib import Path
from snnexp.runs.status import acquire
lock = acquire(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def composed(tmp_path: Path, *overrides: str) -> Composed:
    made = compose([f"runs_dir={tmp_path}", "device=cpu", *overrides])
    return replace(made, overrides=list(overrides))


def start(tmp_path: Path, *overrides: str) -> Run:
    made = composed(tmp_path, *overrides)
    return Run.open(made, identify(made, {}))


def status(run: Run) -> str:
    return json.loads((run.folder / "status.json").read_text())["status"]


def test_a_run_from_start_to_end(tmp_path: Path):
    with start(tmp_path, "seed=3") as run:
        assert run.result is None and status(run) == "running"
        run.load()
        run.log({"epoch": 0, "test_accuracy": 0.75})
        result = run.finish(MEASURED)
    assert run.folder.parent == tmp_path / "quickstart" and run.folder.name == f"{result['id']}-s3"
    assert status(run) == "done" and result["seed"] == 3 and result["overrides"] == ["seed=3"]
    assert result["config"]["T"] == 4 and result["test_accuracy"] == 0.75 and result["folder"] == str(run.folder)
    assert {"snnexp", "commit", "torch", "triton", "device", "time"} <= result.keys()
    assert not list(run.folder.glob("*.tmp"))


def test_the_time_of_a_run_is_that_of_all_its_sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    clock = [1000.0]
    monkeypatch.setattr("snnexp.runs.run.time", SimpleNamespace(perf_counter=lambda: clock[0]))
    with start(tmp_path) as run:
        assert run.load() is None
        clock[0] += 5
        run.save({"epoch": 0}, 1)
        clock[0] += 3  # is lost, as after a kill
    clock[0] += 100
    with start(tmp_path) as run:
        clock[0] += 2
        run.load()
        clock[0] += 4
        assert run.seconds == 11
        run.load()  # an epoch is rolled back
        assert run.seconds == 11


def test_a_finished_run_is_left_alone(tmp_path: Path):
    with start(tmp_path) as run:
        run.load()
        first = run.finish(MEASURED)
    before = {path: path.read_bytes() for path in run.folder.glob("*.*")}
    with start(tmp_path) as again:
        assert again.result == first
    assert {path: path.read_bytes() for path in run.folder.glob("*.*")} == before


def test_a_run_whose_result_was_edited_is_refused_and_released(tmp_path: Path):
    with start(tmp_path) as run:
        run.finish(MEASURED)
    path = run.folder / "result.json"
    path.write_text(path.read_text().replace("0.75", "0.76"))
    for _ in range(2):
        with pytest.raises(UserError, match="changed since it was written"):
            start(tmp_path)
    path.unlink()
    with start(tmp_path) as again:
        assert again.result is None


@pytest.mark.parametrize(
    ("error", "left"), [(ValueError, "failed"), (KeyboardInterrupt, "preempted"), (SystemExit, "preempted")]
)
def test_a_run_that_ends_early_says_so_and_goes_on(tmp_path: Path, error: type[BaseException], left: str):
    with pytest.raises(error), start(tmp_path) as run:
        run.load()
        run.log({"epoch": 0})
        run.save({"epoch": 1}, 9)
        run.log({"epoch": 1})
        raise error
    assert status(run) == left
    with start(tmp_path) as again:
        assert again.folder == run.folder and status(again) == "running"
        assert again.load() is not None and again.history.rows == [{"epoch": 0}]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"^runs_dir=.*file: cannot be written"):
        start(tmp_path / "file")


def test_a_finished_run_is_read_from_a_disk_that_cannot_be_written(tmp_path: Path):
    disk = ["mount", "-t", "tmpfs", "tmpfs", str(tmp_path)]
    if subprocess.run(disk, capture_output=True).returncode:
        pytest.skip("no file system can be mounted")
    try:
        with start(tmp_path) as run:
            run.load()
            run.finish(MEASURED)
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path)], check=True)
        with start(tmp_path) as again:
            assert again.result is not None and again.result["test_accuracy"] == 0.75
        with pytest.raises(UserError, match=f"^runs_dir={tmp_path}: cannot be written .*Read-only"):
            start(tmp_path, "seed=2")
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_folder_that_is_removed_during_a_run_is_one_line(tmp_path: Path):
    with (
        pytest.raises(RunError, match=r"metrics\.jsonl: .* its folder is not there: make it, or put it back"),
        start(tmp_path) as run,
    ):
        run.load()
        shutil.rmtree(tmp_path)
        run.log({"epoch": 0, "test_accuracy": 0.75})


def test_the_stored_config_is_the_config_and_names_the_command(tmp_path: Path):
    overrides = ["exp=x", "T=3\n: [", "optimizer=adam"]
    made = replace(composed(tmp_path, "optimizer=adam", "augment=autoaugment_cutout"), overrides=overrides)
    with Run.open(made, identify(made, {})) as run:
        text = (run.folder / "config.yaml").read_text()
    assert text.startswith("# snnexp train exp=x 'T=3 : [' optimizer=adam\n")
    assert key(yaml.safe_load(text)) == key(copy.deepcopy(made.config))


def test_a_run_belongs_to_one_process_at_a_time(tmp_path: Path):
    with start(tmp_path) as run, pytest.raises(UserError, match=r"in use by process \d+ on .+; wait for it or end it"):
        start(tmp_path)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(run.folder)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(UserError, match=f"in use by process {holder.pid} on "):
        start(tmp_path)
    holder.kill()
    holder.communicate()
    start(tmp_path).lock.close()
