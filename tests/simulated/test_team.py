"""A training in two processes, each on a simulated device of its own, by the command line."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from snnexp.runs.results import read_result

SITE = Path(__file__).with_name("site")
SMALL = ["T=1", "backbone.width=2", "trainer.epochs=3", "trainer.batch_size=720", "trainer.eval_batch_size=360"]


def start(environment: dict[str, str], folder: Path) -> subprocess.Popen:
    paths = {"PYTHONPATH": f"{environment['PYTHONPATH']}{os.pathsep}{SITE}"}
    command = [sys.executable, "-m", "snnexp", "train", "device=cuda", "launch.nproc=2", *SMALL, f"runs_dir={folder}"]
    return subprocess.Popen(command, env=environment | paths, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_a_team_that_was_stopped_goes_on_each_process_on_its_device(environment: dict[str, str], tmp_path: Path):
    stopped = start(environment, tmp_path)
    while not any(path.read_text() for path in tmp_path.glob("*/*/metrics.jsonl")):
        assert stopped.poll() is None, stopped.communicate()
        time.sleep(0.1)
    stopped.send_signal(signal.SIGTERM)
    _, said = stopped.communicate()
    assert stopped.returncode == 75, said
    again = start(environment, tmp_path)
    _, said = again.communicate()
    assert again.returncode == 0, said
    assert "cuda:0" in said and "cuda:1" in said
    assert read_result(next(tmp_path.glob("*/*")))["config"]["device"] == "cuda"
