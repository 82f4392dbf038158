"""Jobs of a sweep on a simulated device: forked from one process that has not used it, and several at a time."""

import os
import signal
from pathlib import Path

import pytest
from started import Started, begun, end, first
from trainings import outcome

from snnexp.runs.status import is_finished, read

# A neuron without kernels, which Triton's interpreter takes most of a minute for.
SMALL = ["device=cuda", "neuron=klif", "T=1", "backbone.width=2", "trainer.epochs=20", "trainer.batch_size=720"]
SHARED = ["hydra/launcher=joblib", "hydra.launcher.jobs_per_gpu=2", "seed=1,2"]


@pytest.mark.slow
def test_jobs_share_a_device_and_a_killed_one_leaves_the_other(start: Started, tmp_path: Path):
    words = ["sweep", *SMALL, *SHARED, f"runs_dir={tmp_path / 'swept'}"]
    sweep = start(*words, devices="0")
    began = first(lambda: begun(tmp_path / "swept"), sweep)
    os.kill(read(began)["process"], signal.SIGSTOP)
    # The other one ends while the first one holds its place on the device.
    ended = first(lambda: [path for path in began.parent.glob("*-s*") if is_finished(path)], sweep)
    assert ended != began
    os.kill(read(began)["process"], signal.SIGKILL)
    status, said = end(sweep)
    assert status == 1 and "killed by SIGKILL" in said, said
    afresh = [start("train", *SMALL, f"seed={seed}", f"runs_dir={tmp_path / str(seed)}") for seed in (1, 2)]
    for process in (start(*words, "--retry-failed", devices="0"), *afresh):
        status, said = end(process)
        assert status == 0, said
    for seed in (1, 2):
        swept = tmp_path / f"swept {seed}" / "quickstart"
        swept.mkdir(parents=True)
        next(tmp_path.glob(f"swept/*/*-s{seed}")).rename(swept / "run")
        assert outcome(swept.parent) == outcome(tmp_path / str(seed))
