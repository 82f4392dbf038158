"""Recipes together, on digits: a training that is stopped within an epoch ends as one that was not."""

import signal
from pathlib import Path

from trainings import outcome, start

RECIPES = ["mixing=[mixup,cutmix]", "trainer=ema", "schedule=warmup", "trainer.accumulate=2"]


def test_recipes_resume_to_the_same_bits(tmp_path: Path):
    said, whole, parts = tmp_path / "said", tmp_path / "whole", tmp_path / "parts"
    ways = [(whole, None, 0), (parts, signal.SIGKILL, -signal.SIGKILL), (parts, signal.SIGTERM, 75), (parts, None, 0)]
    for folder, stop, code in ways:
        signals = {} if stop is None else {17 if stop == signal.SIGKILL else 29: [stop]}
        process = start(said, *RECIPES, f"runs_dir={folder}", signals=signals)
        process.join()
        assert process.exitcode == code, said.read_text()
    assert outcome(parts) == outcome(whole)
