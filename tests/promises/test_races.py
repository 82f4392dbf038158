"""Two trainings of one folder: one wins, the other leaves before data are opened and names the winner."""

import re
import socket
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from trainings import start

LONG = "trainer.epochs=100000"


def holder(folder: Path) -> int:
    """The process that a run's lock names, once it names one."""
    for _ in range(6000):
        for lock in folder.glob("*/*/lock"):
            if found := re.match(r"process (\d+) on ", lock.read_text()):
                return int(found[1])
        time.sleep(0.01)
    raise AssertionError("nobody takes the folder")


def first_to_leave(pair: list[BaseProcess]) -> tuple[BaseProcess, BaseProcess]:
    """The process that ends, and the other."""
    while all(process.is_alive() for process in pair):
        time.sleep(0.01)
    return (pair[1], pair[0]) if pair[0].is_alive() else (pair[0], pair[1])


@pytest.mark.count(3, 20)
def test_one_of_two_wins_and_a_dead_ones_lock_is_taken_over(count: int, tmp_path: Path, figure):
    waits = []
    for number in range(count):
        folder = tmp_path / str(number)
        said = [tmp_path / f"said-{number}-{each}" for each in "ab"]
        pair = [start(each, f"runs_dir={folder}", LONG, timed=True) for each in said]
        loser, winner = first_to_leave(pair)
        text = said[pair.index(loser)].read_text()
        assert winner.is_alive() and loser.exitcode == 2, text
        reached, refused = text.splitlines()
        where = f"in use by process {winner.pid} on {socket.gethostname()}; "
        assert refused.startswith("snnexp: ") and where in refused
        waits.append(float(reached.removeprefix("left the lock after ").removesuffix(" s")))
        assert waits[-1] < 1
        assert holder(folder) == winner.pid
        winner.kill()
        winner.join()
        heir = start(said[0], f"runs_dir={folder}", LONG)
        while holder(folder) != heir.pid:
            assert heir.is_alive(), said[0].read_text()
            time.sleep(0.01)
        heir.kill()
        heir.join()
    text = f"{count} of {count} races: one wins, the other leaves within {max(waits):.2f} s of reaching the lock and "
    text += "before data are opened, naming process and host; the lock of a killed one is taken over"
    figure("two runs, one folder", text)
