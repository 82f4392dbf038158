"""A finished run as an object: what it computes is what the run's own evaluation computed."""

from pathlib import Path

import numpy as np
import pytest
import torch

from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.training.run import train
from snnexp.training.trained import Trained, load

SMALL = ["backbone.width=2", "T=2", "trainer.epochs=1", "device=cpu", "threads=1"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("runs")
    return load(Path(train(compose([*SMALL, "exp=digits_dvs", f"runs_dir={folder}"]))["folder"]))


def test_predictions_give_the_accuracy_that_the_run_measured(run: Trained):
    samples = [run.sample(index) for index in range(run.test_set.samples)]
    x = torch.cat([x for x, _ in samples], dim=1)
    y = torch.cat([y for _, y in samples])
    assert (run.predict(x).argmax(1) == y).double().mean().item() == run.result["test_accuracy"]


def test_records_spikes_where_potentials_pass_the_threshold(run: Trained):
    x, _ = run.sample(1)
    recorded = run.record(x)
    assert list(recorded.spikes) == [layer["name"] for layer in run.result["layers"]]
    for name, spikes in recorded.spikes.items():
        assert spikes.any() and spikes.equal((recorded.potentials[name] > recorded.thresholds[name]).float())
    stem = recorded.currents["stem0"]
    torch.testing.assert_close(recorded.potentials["stem0"][0], stem[0])  # the first potential is the first current


def test_an_example_is_what_the_network_takes(run: Trained):
    assert run.example.shape == (2, 1, 2, 28, 28) and run.predict(run.example).shape == (1, 10)


def test_refuses_a_sample_that_is_not_there(run: Trained):
    with pytest.raises(UserError, match="sample 360: the test set has samples 0 to 359"):
        run.sample(360)
    with pytest.raises(UserError, match="sample -1"):
        run.sample(-1)


def test_a_run_on_data_of_ones_own_is_loaded_when_they_are_gone(tmp_path: Path):
    data = tmp_path / "data"
    for part, kind in [(part, kind) for part in ("train", "test") for kind in ("down", "up")]:
        (data / part / kind).mkdir(parents=True)
        events = np.array([[x, y, 100 * t, kind == "up"] for t, (x, y) in enumerate([(0, 0), (1, 1), (2, 2), (3, 3)])])
        np.save(data / part / kind / "one.npy", events)
    own = ["dataset=event_folder", f"dataset.root={data}", "dataset.height=8", "dataset.width=8", "augment=none"]
    folder = Path(train(compose([*SMALL, *own, f"runs_dir={tmp_path / 'runs'}"]))["folder"])
    x, y = load(folder).sample(1)
    data.rename(tmp_path / "moved")
    run = load(folder)
    assert run.dataset.num_classes == 2 and run.predict(x).shape == (1, 2) and y.item() == 1
    with pytest.raises(UserError, match="not found in"):
        run.sample(0)
    assert load(folder, [f"dataset.root={tmp_path / 'moved'}"]).sample(1)[0].equal(x)
