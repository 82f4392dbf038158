"""A training in two processes, each on a simulated device of its own, by the command line."""

import re
import signal
from pathlib import Path

import pytest
from started import Started, begun, end, first
from trainings import outcome

# A neuron without kernels, which Triton's interpreter takes minutes for.
SMALL = ["neuron=klif", "T=1", "backbone.width=2", "trainer.epochs=20", "trainer.batch_size=720"]
TEAM = ["train", "device=cuda", "launch.nproc=2", *SMALL]


@pytest.mark.slow
def test_a_team_that_was_stopped_resumes_to_the_same_bits_each_process_on_its_device(start: Started, tmp_path: Path):
    words = [*TEAM, f"runs_dir={tmp_path / 'stopped'}"]
    stopped = start(*words)
    first(lambda: begun(tmp_path / "stopped"), stopped)
    stopped.send_signal(signal.SIGTERM)
    status, said = end(stopped)
    assert status == 75, said
    for process in (start(*words), start(*TEAM, f"runs_dir={tmp_path / 'undisturbed'}")):
        status, said = end(process)
        assert status == 0, said
        assert set(re.findall(r"cuda:\d", said)) == {"cuda:0", "cuda:1"}
    assert outcome(tmp_path / "stopped") == outcome(tmp_path / "undisturbed")
