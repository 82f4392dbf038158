"""Jobs side by side on this machine."""

import pytest

from snnexp.commands import main


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
