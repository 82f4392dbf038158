"""Pictures of real runs: what is measured again agrees with the result, and each picture is written."""

import json
from pathlib import Path

import pytest

from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.metrics.raster import spread
from snnexp.plots.runs import draw, names, read
from snnexp.runs import finished
from snnexp.training.measurement import measure
from snnexp.training.run import train

SMALL = ["exp=digits_dvs", "backbone.width=4", "T=3", "trainer.epochs=1", "device=cpu"]
PICTURES = ["curves", "layers", "potentials", "firing_maps"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two finished runs on event frames, with RMP-Loss and, narrower and shorter, without."""
    folder = f"runs_dir={tmp_path_factory.mktemp('runs')}"
    composed = [compose([*SMALL, folder, *more]) for more in ([], ["regularizer=[]", "backbone.width=2", "T=2"])]
    return [Path(train(each)["folder"]) for each in composed]


def test_results_hold_operations_and_map_patterns(runs: list[Path]):
    result = json.loads((runs[0] / "result.json").read_text())
    operations = result["synaptic_operations"]
    assert [layer["name"] for layer in operations["layers"]][-1] == "head"
    assert 0 < operations["Effective_ACs"] + operations["Effective_MACs"] < operations["Dense"]
    for layer in result["layers"]:
        assert layer["null_maps"] + layer["noise_maps"] + layer["normal_maps"] == pytest.approx(1)
    rates = [layer["firing_rate"] for layer in result["layers"]]
    assert result["firing_rate_layer_mean"] == pytest.approx(sum(rates) / len(rates))


def test_what_is_drawn_agrees_with_the_result(runs: list[Path]):
    drawn = read(runs[0], [])
    measured = drawn.measured
    for layer in drawn.result["layers"]:
        name = layer["name"]
        assert measured.maps.mean(name).mean().item() == pytest.approx(layer["firing_rate"], rel=1e-4)
        counts = measured.potentials.counts[name]
        assert counts.sum() == measured.currents.counts[name].sum() == layer["neurons"] * 3 * 360
        assert not counts.equal(measured.currents.counts[name])
        above = counts[:, 60:].sum() / counts.sum()  # the bins that lie above the threshold as a whole
        within = counts[:, 59].sum() / counts.sum()
        assert above <= layer["firing_rate"] + 1e-6 <= above + within + 2e-6


def test_measures_a_part_that_is_spread_over_the_test_set(runs: Path):
    run = finished.read(runs[0])
    part = measure(run, [], samples=100)  # every fourth batch of 32
    whole = measure(run, [])
    for layer in run.result["layers"]:
        counts = part.potentials.counts[layer["name"]]
        assert counts.sum() == layer["neurons"] * 3 * 96
        assert (counts <= whole.potentials.counts[layer["name"]]).all()


@pytest.mark.parametrize("count", [1, 2], ids=["one run", "two runs"])
def test_writes_each_picture(runs: list[Path], count: int):
    paths = list(draw(runs[:count], None, ["device=cpu"]))
    behind = f"-{runs[1].name}" if count == 2 else ""
    assert paths == [runs[0] / "figures" / f"{name}{behind}.png" for name in PICTURES]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


def test_names_tell_runs_apart(runs: list[Path]):
    drawn = [read(run, []) for run in runs]
    assert names(drawn[:1]) == ["digits_dvs s1"]
    assert names(drawn) == ["digits_dvs s1", "digits_dvs s1 regularizer=[] T=2"]
    assert names([drawn[0], drawn[0]]) == [runs[0].name] * 2


def test_spreads_over_a_range():
    assert spread(range(3), 6) == [0, 1, 2]
    assert spread(range(60), 6) == [0, 12, 24, 35, 47, 59]
    assert spread([5], 6) == [5]


def test_refuses_a_layer_that_is_not_there(runs: list[Path]):
    with pytest.raises(UserError, match=r"--layer head7: .* stem0"):
        next(draw(runs[:1], "head7", []))
