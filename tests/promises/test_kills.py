"""A training that is killed at any time, and continued by the same command, ends with the bits of one that was not."""

import random
import time
from pathlib import Path

import pytest
from trainings import outcome, start

MOMENTS = 64  # of writes in a whole training: the state's, the rows', the weights' and the result's
SHARE = 0.2  # of a training, which each kill by the clock lets go on at most, so that the next one finds it unfinished


def killed(folder: Path, said: Path, draw: random.Random, duration: float, moment: int | None) -> bool:
    """Start a training, and kill it at a random time or moment; whether it was still running."""
    process = start(said, f"runs_dir={folder}", dies_at=moment)
    if moment is None:
        time.sleep(draw.uniform(0, SHARE * duration))
        process.kill()
    process.join()
    assert process.exitcode in (-9, 0), said.read_text()
    return process.exitcode == -9


@pytest.mark.count(2, 20)
def test_runs_killed_three_times_end_with_the_same_bits(count: int, tmp_path: Path, figure):
    said, whole = tmp_path / "said", tmp_path / "whole"
    start(said, f"runs_dir={tmp_path / 'warm'}", "trainer.epochs=1").join()
    begin = time.monotonic()
    start(said, f"runs_dir={whole}").join()
    duration, expected = time.monotonic() - begin, outcome(whole)
    assert [row["epoch"] for row in expected[1]] == [0, 1, 2]
    kills = saving = 0
    for number in range(count):
        folder, draw = tmp_path / str(number), random.Random(number)
        for moment in (None, None, draw.randrange(MOMENTS)):
            hit = killed(folder, said, draw, duration, moment)
            kills, saving = kills + hit, saving + (hit and moment is not None)
        last = start(said, f"runs_dir={folder}")
        last.join()
        assert last.exitcode == 0, said.read_text()
        assert outcome(folder) == expected, f"run {number}"
        assert not list(folder.glob("*/*/.*")), f"run {number}"
    figure(
        "`kill -9` anywhere is harmless",
        f"{count} of {count} runs, killed {kills} times, {saving} of them within a write: weights equal bit for bit, "
        "each epoch once in `metrics.jsonl`",
    )
