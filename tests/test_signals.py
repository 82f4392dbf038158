"""Real signals, to this process and to real runs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from snnexp import checkpoint
from snnexp.errors import Preempted
from snnexp.results import read_result
from snnexp.signals import ASKING, Signals
from snnexp.status import read_status

RUN = ["trainer.epochs=4", "backbone.width=2", "T=2", "device=cpu"]
TRAIN = "import sys; from snnexp.cli import main; sys.exit(main(['train', *sys.argv[1:]]))"


@pytest.mark.parametrize("number", ASKING)
def test_keeps_what_came_and_puts_the_handlers_back(number):
    before = [signal.getsignal(each) for each in ASKING]
    with Signals() as signals:
        assert signals.received is None
        os.kill(os.getpid(), number)
        assert signals.received == number
    assert [signal.getsignal(each) for each in ASKING] == before


def test_a_second_interrupt_leaves_at_once():
    with pytest.raises(KeyboardInterrupt), Signals():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)


def test_whoever_listened_before_is_told_behind_a_preemption(monkeypatch):
    told = []
    old = signal.signal(signal.SIGUSR2, lambda number, _: told.append(number))
    try:
        with Signals():
            os.kill(os.getpid(), signal.SIGUSR2)
        assert told == []
        with pytest.raises(Preempted), Signals():
            os.kill(os.getpid(), signal.SIGUSR2)
            assert told == []
            raise Preempted
        assert told == [signal.SIGUSR2]
    finally:
        signal.signal(signal.SIGUSR2, old)


def start(folder: Path, **options) -> subprocess.Popen:
    command = [sys.executable, "-c", TRAIN, *RUN, f"runs_dir={folder}"]
    return subprocess.Popen(command, text=True, **options)


def weights(folder: Path) -> bytes:
    (path,) = folder.glob("*/*/model.safetensors")
    return path.read_bytes()


def test_a_run_that_gets_a_signal_saves_says_so_and_goes_on_to_the_same_bits(tmp_path: Path):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert start(whole).wait() == 0
    process = start(stopped, stderr=subprocess.PIPE)
    while not list(stopped.glob("*/*/metrics.jsonl")) or not next(stopped.glob("*/*/metrics.jsonl")).read_text():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGUSR1)
    _, said = process.communicate()
    assert process.returncode == 75, said
    assert "stopped by SIGUSR1 in epoch" in said.splitlines()[-1]
    (folder,) = stopped.glob("*/*")
    assert read_status(folder) == "preempted"
    state = checkpoint.load_latest(folder, "cpu")
    assert state is not None and state["epoch"] < 4
    assert start(stopped).wait() == 0
    assert weights(stopped) == weights(whole)
    assert read_result(folder)["test_accuracy"] == read_result(next(whole.glob("*/*")))["test_accuracy"]
