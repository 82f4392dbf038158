"""What `snnexp plot --sample` draws is what the network does with the sample."""

from pathlib import Path

import pytest
import torch
from matplotlib.image import imread

from snnexp.commands import main
from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.metrics.raster import raster
from snnexp.plots import samples
from snnexp.training.run import train
from snnexp.training.trained import Activity

SMALL = ["backbone.width=2", "T=3", "trainer.epochs=1", "device=cpu", "threads=1"]


@pytest.fixture(scope="module", params=["quickstart", "digits_dvs"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = [] if request.param == "quickstart" else [f"exp={request.param}"]
    return Path(train(compose([*words, *SMALL, f"runs_dir={tmp_path_factory.mktemp('runs')}"]))["folder"])


@pytest.fixture
def activity() -> Activity:
    """Two layers of three and two neurons over four steps: b1 fires twice, b0 once, a's second neuron each time."""
    a = torch.tensor([[0.0, 1, 0]] * 4).unsqueeze(1)
    b = torch.tensor([[0.0, 1], [1, 0], [0, 1], [0, 0]]).unsqueeze(1)
    potentials = {"a": a * 0.7, "b": b * 0.7}
    return Activity(torch.zeros(1, 2), {"a": a, "b": b}, potentials, potentials, {"a": 0.5, "b": 0.5})


def test_writes_a_picture_of_the_sample(run: Path, capsys: pytest.CaptureFixture):
    assert main(["plot", str(run), "--sample", "7"]) == 0
    path = run / "figures" / "sample-7.png"
    assert capsys.readouterr().out == f"{path}\n"
    assert imread(path).shape[0] > 500


def test_refuses_what_is_not_there(run: Path, capsys: pytest.CaptureFixture):
    for words, told in [
        (["--sample", "99999"], "sample 99999: the test set has samples 0 to 359"),
        (["--sample", "1", "--layer", "head7"], "--layer head7: no such layer; there are stem0"),
        ([str(run), "--sample", "1"], "--sample: draws one run"),
        (["--sample", "x"], "invalid int value"),
    ]:
        assert main(["plot", str(run), *words]) == 2
        assert told in capsys.readouterr().err


def test_chooses_the_last_layer_that_fires(activity: Activity):
    assert samples.choose(activity, None) == "b"
    activity.spikes["b"].zero_()
    assert samples.choose(activity, None) == "a" and samples.choose(activity, "b") == "b"
    with pytest.raises(UserError, match="there are a, b"):
        samples.choose(activity, "c")


def test_the_raster_has_a_point_for_each_spike_of_neurons_that_fire(activity: Activity):
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    samples.raster(axes, raster(activity.spikes), 4)
    points = [each.get_offsets().data.tolist() for each in axes.collections]
    assert [[step for step, _ in band] for band in points] == [[1, 2, 3, 4], [1, 3, 2]]
    heights = {step: height for step, height in points[1]}
    assert heights[1] == heights[3] < heights[2] and heights[1] > 1  # the neuron that fires most lies above
    samples.trace(axes := Figure().subplots(), activity, "b", 1)
    (fired,) = axes.collections
    assert fired.get_offsets().data[:, 0].tolist() == [1, 3] and axes.get_title() == "neuron 1"


def test_frames_show_polarity_by_colour():
    x = torch.zeros(2, 1, 2, 1, 3)
    x[0, 0, 0, 0, 0] = x[0, 0, 1, 0, 1] = 4
    first, second = samples.frames(x)
    off, on, paper = first[0]
    assert off[0] > off[2] and on[2] > on[0] and paper.tolist() == [1, 1, 1] and (second == 1).all()
    grey = samples.frames(torch.tensor([-1.0, 1.0]).view(1, 1, 1, 2))[0]
    assert grey[0, 0].tolist() == [0, 0, 0] and grey[0, 1].tolist() == [1, 1, 1]
