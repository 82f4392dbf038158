"""What a command does where its streams are closed, unread or of another encoding, in processes of their own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import snnexp

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(snnexp.__file__).parents[1])}
SNNEXP = [sys.executable, "-m", "snnexp"]


@pytest.mark.parametrize("arguments", [["--help"], ["data", "status"]], ids=" ".join)
def test_a_reader_that_is_gone_ends_a_command_quietly(arguments: list[str]):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        done = subprocess.run([*SNNEXP, *arguments], stdout=pipe, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


def test_prints_whatever_the_locale():
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run([*SNNEXP, "table", "rmp_ablation"], capture_output=True, env=ENVIRONMENT | plain)
    assert (done.returncode, done.stderr) == (0, b"") and "±" in done.stdout.decode()


def test_writes_to_nothing_where_the_streams_are_closed(tmp_path: Path):
    small = "backbone.width=2 T=1 trainer.epochs=1 device=cpu"
    command = f"exec {' '.join(SNNEXP)} train {small} runs_dir={tmp_path} <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", command], env=ENVIRONMENT).returncode == 0
    assert len(list(tmp_path.glob("*/*/result.json"))) == 1
