"""Jobs side by side, on a GPU that they share."""

from pathlib import Path

import pytest
from trainings import outcome

from snnexp.commands import main

TINY = ["backbone.width=2", "T=1", "trainer.epochs=1", "trainer.batch_size=500"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (["jobs_per_gpu=0"], "hydra.launcher.jobs_per_gpu=0: must be at least 1"),
        (
            ["jobs_per_gpu=2", "n_jobs=3"],
            "hydra.launcher.jobs_per_gpu=2: hydra.launcher.n_jobs=3 says how many there are;",
        ),
    ],
)
def test_numbers_that_make_no_sense_are_refused(given: list[str], text: str, capsys: pytest.CaptureFixture):
    assert main(["sweep", "hydra/launcher=joblib", *(f"hydra.launcher.{each}" for each in given)]) == 2
    assert capsys.readouterr().err.startswith(f"snnexp: {text}")


@pytest.mark.cuda
def test_jobs_that_share_a_gpu_end_as_alone(tmp_path: Path):
    sweep = ["sweep", *TINY, "device=cuda", "trainer.deterministic=true", f"runs_dir={tmp_path / 'sweep'}"]
    assert main([*sweep, "seed=1,2", "hydra/launcher=joblib", "hydra.launcher.jobs_per_gpu=2"]) == 0
    (second,) = (tmp_path / "sweep").glob("*/*-s2")
    second.rename(tmp_path / second.name)
    assert main(["train", *sweep[1:-1], f"runs_dir={tmp_path / 'alone'}", "seed=1"]) == 0
    assert outcome(tmp_path / "sweep") == outcome(tmp_path / "alone")
