from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from snnexp.loggers.base import Shown
from snnexp.loggers.tensorboard import Tensorboard


def rows(epochs: range) -> list[dict]:
    return [{"epoch": epoch, "train_loss": 0.1 * epoch, "test": {"accuracy": 0.5}, "note": "text"} for epoch in epochs]


def test_shows_the_rows_that_are_kept(tmp_path: Path):
    for before, more in ((range(0), range(5)), (range(2), range(2, 4))):
        logger = Tensorboard()
        logger.begin(Shown(tmp_path, "digits", {}), rows(before))
        for row in rows(more):
            logger.log(row)
        logger.end("failed", {})
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert events.Tags()["scalars"] == ["train_loss", "test/accuracy"]
    shown = [(each.step, pytest.approx(each.value)) for each in events.Scalars("train_loss")]
    assert shown == [(row["epoch"], row["train_loss"]) for row in rows(range(4))]
