"""CUDA graphs of whole training steps; on a CPU only that none is made."""

import os
from pathlib import Path

import pytest
import torch

from snnexp.config.compose import compose
from snnexp.datasets.base.split import Split
from snnexp.errors import Preempted, RunError, UserError
from snnexp.ops import lif, norm_lif
from snnexp.runs import checkpoint
from snnexp.training.assembly import make
from snnexp.training.cuda_graph import Graph
from snnexp.training.loading import load
from snnexp.training.out_of_memory import OutOfMemory

SETTINGS = ["T=2", "backbone.width=2", "trainer.epochs=3", "trainer.batch_size=8", "trainer.deterministic=true"]
TRAINING, TEST = 20, 8  # images: the last batch of an epoch is smaller


class Kept:
    """A journal that keeps rows, states in a folder, and asks for a stop at its `stop`-th question."""

    def __init__(self, folder: Path, stop: int = 0) -> None:
        self.folder, self.stop, self.asked = folder, stop, 0
        folder.mkdir(exist_ok=True)
        self.rows: list[dict] = []

    def load(self):
        return checkpoint.load_latest(self.folder)

    def log(self, row):
        self.rows.append({k: v for k, v in row.items() if k not in ("seconds", "samples_per_second")})

    def save(self, state, step):
        checkpoint.save(self.folder, state, step)

    def stopped_by(self):
        self.asked += 1
        return "SIGTERM" if self.asked == self.stop else None


def train(journal: Kept, *overrides: str):
    composed = compose([*SETTINGS, *overrides])
    dataset, trainer = make(composed)
    read = dataset.read
    dataset.read = lambda T: tuple(
        Split(part.x[:n], part.y[:n]) for part, n in zip(read(T), (TRAINING, TEST), strict=True)
    )
    train, test, *_ = load(composed, dataset, trainer)
    trainer.fit(train, test, journal)
    return trainer


def differing(one, other) -> list[str]:
    """The names of weights and buffers that are not the same."""
    states = one.network.state_dict(), other.network.state_dict()
    return [name for name in states[0] if not torch.equal(states[0][name], states[1][name])]


@pytest.fixture
def plain_neurons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neurons by their specification where else Triton's interpreter would take a second a step."""
    if "TRITON_INTERPRET" in os.environ:
        monkeypatch.setattr(lif, "form", lambda device: lif.reference)
        monkeypatch.setattr(norm_lif, "form", lambda *_: None)


quick = pytest.mark.usefixtures("plain_neurons")


def test_a_cpu_has_none():
    _, trainer = make(compose(["device=cpu", "trainer.cuda_graph=auto"]))
    assert trainer.step.graph is None


def test_one_that_cannot_be_is_refused():
    with pytest.raises(UserError, match=r"^trainer.cuda_graph=true: needs a CUDA device, .*; choose auto$"):
        make(compose(["device=cpu", "trainer.cuda_graph=true"]))


def steps(trainer, sizes: list[int]) -> None:
    """Train on random images of the digits' size, in batches of these sizes."""
    trainer.network.train()
    draw = torch.Generator().manual_seed(1)
    for step, n in enumerate(sizes):
        x, y = torch.rand(n, 1, 8, 8, generator=draw), torch.randint(10, (n,), generator=draw)
        trainer.step(x.to(trainer.device), y.to(trainer.device), step)


@pytest.mark.cuda
def test_replayed_kernels_give_the_same_bits():
    options = [*SETTINGS, "regularizer=[rmp]", "regularizer.rmp.schedule=constant"]
    graphed, plain = (make(compose([*options, f"trainer.cuda_graph={on}"]))[1] for on in ("true", "false"))
    for trainer in (graphed, plain):
        steps(trainer, [8] * 5)
    assert graphed.step.graph is not None and graphed.step.graph.captures and plain.step.graph is None
    assert differing(graphed, plain) == []
    assert torch.equal(graphed.step.tally.sums, plain.step.tally.sums) and graphed.step.tally.sums[0] == 40


@quick
@pytest.mark.cuda
@pytest.mark.parametrize("option", ["optimizer=adam", "trainer.grad_clip=0.5", "trainer.nan_policy=skip"])
def test_a_training_that_replays_its_steps_has_the_same_rows_and_bits(option, tmp_path):
    journals = [Kept(tmp_path / name) for name in ("graphed", "plain")]
    graphed, plain = (
        train(journal, option, f"trainer.cuda_graph={on}")
        for journal, on in zip(journals, ("true", "false"), strict=True)
    )
    assert graphed.step.graph is not None and graphed.step.graph.captures and plain.step.graph is None
    assert journals[0].rows == journals[1].rows
    assert differing(graphed, plain) == []


@quick
@pytest.mark.cuda
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_run_that_was_stopped_resumes_to_the_same_bits(optimizer, tmp_path):
    folders = tmp_path / "whole", tmp_path / "stopped"
    options = f"optimizer={optimizer}", "trainer.nan_policy=rollback"
    whole = train(first := Kept(folders[0]), *options)
    with pytest.raises(Preempted):  # before the smaller batch, which is then the first one that the graph sees
        train(Kept(folders[1], stop=2), *options)
    resumed = train(second := Kept(folders[1]), *options)
    assert differing(whole, resumed) == [] and first.rows[-1] == second.rows[-1]
    assert (8, 1, 8, 8) in [x for x, _ in resumed.step.graph.captures]


@quick
@pytest.mark.cuda
def test_batches_of_each_shape_have_a_graph_of_their_own(caplog: pytest.LogCaptureFixture):
    _, trainer = make(compose([*SETTINGS, "trainer.cuda_graph=true"]))
    with caplog.at_level("INFO"):
        steps(trainer, [3, *[8] * 4, 3, 3, 3])
    assert [n for _, (n,) in trainer.step.graph.captures] == [8, 3]
    assert len([told for told in caplog.messages if "compiled" in told]) == 1


@quick
@pytest.mark.cuda(2)
def test_the_second_device_trains_as_the_first():
    trainers = [make(compose([*SETTINGS, f"device=cuda:{i}", "trainer.cuda_graph=true"]))[1] for i in (0, 1)]
    for i, trainer in enumerate(trainers):
        torch.cuda.set_device(i)
        steps(trainer, [8] * 6)
        assert trainer.step.tally.sums[0] == 48
    states = [trainer.network.state_dict() for trainer in trainers]
    assert [name for name in states[0] if not torch.equal(states[0][name].cpu(), states[1][name].cpu())] == []


@quick
@pytest.mark.cuda(2)
def test_a_state_of_the_first_device_is_taken_up_on_the_second(tmp_path):
    """As every process of a team takes up what the first one read."""
    first, second = (make(compose([*SETTINGS, f"device=cuda:{i}"]))[1] for i in (0, 1))
    steps(first, [8] * 2)
    checkpoint.save(tmp_path, first.state(), 2)
    second.restore(checkpoint.load_latest(tmp_path))
    steps(second, [8])
    assert second.optimizer.param_groups[0]["lr"].device == second.device


@pytest.mark.cuda
def test_work_on_another_device_is_no_empty_graph():
    graph = Graph(lambda x, y: None, must=False, device=torch.device("cuda"))
    x, y = torch.zeros(2, device="cuda"), torch.zeros(2, device="cuda")
    for _ in range(3):
        graph(x, y)
    with pytest.raises(RunError, match=r"nothing of the step was captured .*; set it to false"):
        graph(x, y)


@quick
@pytest.mark.cuda
def test_memory_that_runs_out_in_a_capture_is_told():
    _, trainer = make(compose([*SETTINGS, "trainer.cuda_graph=auto"]))
    steps(trainer, [8] * 3)
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(1e-9)
    try:
        with pytest.raises(OutOfMemory, match=r"^out of memory: a batch of 8 at T=2 .* trainer.cuda_graph=false"):
            steps(trainer, [8])
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


@quick
@pytest.mark.cuda
def test_a_replayed_step_that_is_not_finite_changes_no_weight():
    _, trainer = make(compose(SETTINGS))
    steps(trainer, [8] * 5)
    before = [p.clone() for p in trainer.network.parameters()]
    trainer.step(torch.full((8, 1, 8, 8), torch.nan, device="cuda"), torch.arange(8, device="cuda"), 5)
    found = trainer.step.watch.found()
    assert found is not None and found.startswith("step 6: the data is not finite")
    assert all(torch.equal(a, b) for a, b in zip(before, trainer.network.parameters(), strict=True))
