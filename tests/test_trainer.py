"""The loop on real digits: steps, resumption, accumulation, and what regularizers may change."""

import math
from dataclasses import dataclass, field

import pytest
import torch

from snnexp.backbones.convnet import Convnet
from snnexp.backbones.layers import Layers
from snnexp.datasets.base import Loader
from snnexp.datasets.digits import Digits
from snnexp.errors import RunError, UserError
from snnexp.losses.cross_entropy import CrossEntropy
from snnexp.metrics.epoch import EpochMetrics
from snnexp.neurons.lif import Lif
from snnexp.regularizers.base import Regularizer
from snnexp.regularizers.rmp import Rmp
from snnexp.surrogates.rectangle import Rectangle
from snnexp.trainer import Trainer, TrainerConfig

CPU = torch.device("cpu")
SETTINGS = {
    "epochs": 2, "batch_size": 48, "eval_batch_size": 100, "accumulate": 1, "auto_accumulate": False, "amp": False,
    "grad_clip": None, "deterministic": True,
}  # fmt: skip
CONSTANTS = {
    "decay": 0.25, "decay_input": False, "v_threshold": 0.5, "strict": True, "reset": "hard", "v_reset": 0.0,
    "v_subtract": 1.0, "detach_reset": False,
}  # fmt: skip


@dataclass
class Memory:
    """A journal that keeps everything, and can stop a run as a crash after an epoch would."""

    stop_after: int | None = None
    rows: list[dict] = field(default_factory=list)
    states: list[dict] = field(default_factory=list)

    def log(self, row: dict) -> None:
        self.rows.append(row)

    def save(self, state: dict, epoch: int) -> None:
        self.states.append({name: clone(part) for name, part in state.items()})
        if epoch == self.stop_after:
            raise KeyboardInterrupt


def clone(value):
    if isinstance(value, dict):
        return {name: clone(part) for name, part in value.items()}
    return (
        value.clone() if isinstance(value, torch.Tensor) else [*map(clone, value)] if isinstance(value, list) else value
    )


def make(regularizers: tuple[Regularizer, ...] = (), lr: float = 0.1, **settings) -> Trainer:
    layers = Layers(2, 0.5, lambda site: Lif(site, Rectangle(width=1.0), **CONSTANTS), size=(8, 8))
    network = Convnet(layers, 1, 10, width=4, norm="bn")
    network.initialize(1)
    optimizer = torch.optim.SGD(network.parameters(), lr=lr, momentum=0.9)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, SETTINGS["epochs"])
    config = TrainerConfig(**SETTINGS | settings)
    return Trainer(network, CrossEntropy(label_smoothing=0.0), regularizers, optimizer, schedule, config, CPU, 1)


def loaders() -> tuple[Loader, Loader]:
    digits = Digits()
    train, test = digits.load(2)
    shared = {"dataset": digits, "seed": 1, "device": CPU}
    return (
        Loader(train, batch_size=48, shuffle=True, **shared),
        Loader(test, batch_size=100, shuffle=False, **shared),
    )


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def untimed(rows: list[dict]) -> list[dict]:
    return [{k: v for k, v in row.items() if k not in ("seconds", "samples_per_second")} for row in rows]


def test_learns_and_reports_the_last_and_the_best_epoch():
    memory, trainer = Memory(), make()
    row = trainer.fit(*loaders(), memory)
    assert row["test_accuracy"] > 0.5
    assert [each["epoch"] for each in memory.rows] == [0, 1]
    assert row["best_test_accuracy"] == max(each["test_accuracy"] for each in memory.rows)
    assert memory.rows[row["best_epoch"]]["test_accuracy"] == row["best_test_accuracy"]
    assert [each["lr"] for each in memory.rows] == pytest.approx([0.1, 0.05])
    assert 0 < row["firing_rate"] < 1 and len(row["layers"]) == 3


def test_the_same_seed_and_a_resumed_run_give_the_same_bits():
    rmp = Rmp(weight=0.1, schedule="triangle", sites="all", tensor="v_pre")
    whole, again, stopped, resumed = (make((rmp,)) for _ in range(4))
    kept, other, first, rest = Memory(), Memory(), Memory(stop_after=0), Memory()
    whole.fit(*loaders(), kept)
    again.fit(*loaders(), other)
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(*loaders(), first)
    row = resumed.fit(*loaders(), rest, first.states[0])
    assert untimed(kept.rows) == untimed(other.rows) == untimed(first.rows + rest.rows)
    assert same(whole.network.state_dict(), again.network.state_dict())
    assert same(whole.network.state_dict(), resumed.network.state_dict())
    assert row["best_epoch"] in (0, 1)


def test_a_finished_state_trains_no_further():
    memory, trainer = Memory(), make()
    row = trainer.fit(*loaders(), memory)
    finished = make()
    assert untimed([finished.fit(*loaders(), Memory(), memory.states[-1])]) == untimed([row])


def step(trainer: Trainer, x: torch.Tensor, y: torch.Tensor) -> list[torch.Tensor]:
    """Gradients of one step in float64."""
    trainer.network.double()
    trainer.train_step(x.double(), y, 0, EpochMetrics())
    return [p.grad.clone() for p in trainer.network.parameters()]


def test_accumulation_adds_up_to_the_whole_batch():
    x, y = next(loaders()[0].epoch(0))
    x, y = x[:31], y[:31]  # parts of unequal size
    gradients = []
    for accumulate in (1, 4):
        trainer = make(accumulate=accumulate)
        trainer.network.eval()  # batch statistics would depend on the parts
        gradients.append(step(trainer, x, y))
    for whole, parts in zip(*gradients, strict=True):
        torch.testing.assert_close(whole, parts)


def test_clipping_bounds_the_norm_of_all_gradients():
    x, y = next(loaders()[0].epoch(0))
    gradients = step(make(grad_clip=1e-3), x, y)
    assert math.sqrt(sum(g.square().sum().item() for g in gradients)) == pytest.approx(1e-3, rel=1e-3)


def test_a_regularizer_without_a_say_changes_no_bit():
    x, y = next(loaders()[0].epoch(0))
    off = Rmp(weight=0.0, schedule="constant", sites="all", tensor="v_pre")
    for plain, other in zip(step(make(), x, y), step(make((off, Regularizer())), x, y), strict=True):
        assert torch.equal(plain, other)


def test_progress_counts_epochs_from_zero():
    seen = []

    class Watch(Regularizer):
        needs = frozenset({"v_pre"})

        def penalty(self, records, progress):
            assert all(record.v_pre is not None for record in records)
            seen.append(progress.item())
            return None

    make((Watch(),), epochs=4).fit(*loaders(), Memory())
    assert sorted(set(seen)) == [0, 0.25, 0.5, 0.75]


def test_bfloat16_learns_too():
    trainer = make(amp=True)
    assert trainer.fit(*loaders(), Memory())["test_accuracy"] > 0.5


def test_stops_when_the_loss_is_not_finite():
    memory, trainer = Memory(), make()
    with torch.no_grad():
        trainer.network.head.bias[3] = torch.nan
    with pytest.raises(RunError, match="epoch 0"):
        trainer.fit(*loaders(), memory)
    assert memory.states == []


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 0},
        {"batch_size": -1},
        {"accumulate": 0},
        {"accumulate": 49},
        {"grad_clip": 0.0},
        {"eval_batch_size": 0},
    ],
    ids=str,
)
def test_refuses_settings_out_of_range(change):
    (name,) = change
    with pytest.raises(UserError, match=rf"trainer\.{name}="):
        TrainerConfig(**SETTINGS | change)
