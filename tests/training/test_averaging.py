"""The average of weights: what it is, and that it is what a run tests, chooses and saves."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from snnexp.commands import main
from snnexp.config.compose import compose
from snnexp.errors import UserError
from snnexp.runs import checkpoint
from snnexp.runs.history import read
from snnexp.runs.results import read_result
from snnexp.training.averaging import Average
from snnexp.training.run import train

TINY = ["backbone.width=2", "T=1", "device=cpu", "trainer.epochs=2"]


def changed(network: nn.Module, step: int) -> None:
    """Give a network other weights and statistics, as a step would."""
    generator = torch.Generator().manual_seed(step)
    with torch.no_grad():
        for tensor in [*network.parameters(), *network.buffers()]:
            tensor.copy_(100 * torch.rand(tensor.shape, generator=generator))


def test_weights_and_statistics_follow_by_the_formula_and_whole_numbers_as_they_are():
    network = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    average = Average(network, 0.5)
    expected = {name: value.double() for name, value in network.state_dict().items()}
    for step in range(12):
        changed(network, step)
        average.follow(network, torch.tensor(False))
        d = min(0.5, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            expected[name] = d * expected[name] + (1 - d) * value if value.is_floating_point() else value
    for name, value in average.network.state_dict().items():
        torch.testing.assert_close(value.double(), expected[name].double(), rtol=1e-5, atol=1e-5)
    assert not any(parameter.requires_grad for parameter in average.network.parameters())


def test_a_step_that_is_left_out_counts_for_nothing():
    network, again = nn.Linear(3, 2), nn.Linear(3, 2)
    again.load_state_dict(network.state_dict())
    average, without = Average(network, 0.9), Average(again, 0.9)
    for step, left_out in enumerate([False, True, False]):
        if not left_out:
            changed(network, step)
            changed(again, step)
            without.follow(again, torch.tensor(False))
        average.follow(network, torch.tensor(left_out))
    assert torch.equal(average.network.weight, without.network.weight)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = [*TINY, "trainer=ema", "trainer.ema_decay=0.95", "dataset.validation=0.2"]
    return Path(train(compose([*words, f"runs_dir={tmp_path_factory.mktemp('runs')}"]))["folder"])


def test_a_run_saves_the_average_and_its_best(run: Path):
    state = checkpoint.load_latest(run)
    saved, best = load_file(run / "model.safetensors"), load_file(run / "best.safetensors")
    average, trained = state["average"]["network"], state["network"]
    assert all(torch.equal(saved[name], value) for name, value in average.items())
    assert not any(torch.equal(saved[name], trained[name]) for name in saved if name.endswith("weight"))
    accuracies = [row["validation_accuracy"] for row in read(run / "metrics.jsonl")]
    assert all(torch.equal(best[name], saved[name]) for name in best) == (accuracies[1] > accuracies[0])


def test_what_a_run_reports_is_the_average_s(run: Path, capsys: pytest.CaptureFixture):
    assert main(["eval", str(run)]) == 0
    assert "the run measured" not in capsys.readouterr().out  # what it says where it finds another accuracy
    assert read_result(run)["test_accuracy"] > 0.2


@pytest.mark.parametrize("decay", [1.0, -0.1])
def test_a_decay_out_of_range_is_refused(decay: float):
    with pytest.raises(UserError, match=rf"^trainer.ema_decay={decay}: must lie in \[0, 1\), or null for none$"):
        compose([f"trainer.ema_decay={decay}"])


def test_it_begins_at_the_weights_that_a_training_begins_from(run: Path, tmp_path: Path):
    words = [*TINY, "trainer.ema_decay=0.5", f"init_from={run}", "optimizer.lr=1e-9", "optimizer.weight_decay=0"]
    folder = Path(train(compose([*words, "trainer.freeze=[stem,spike1]", f"runs_dir={tmp_path}"]))["folder"])
    before, after = load_file(run / "best.safetensors"), load_file(folder / "model.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before if name.startswith(("stem", "spike1")))
    torch.testing.assert_close(after["head.weight"], before["head.weight"])
