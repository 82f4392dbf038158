"""The loop on real digits: steps, resumption, accumulation, and what regularizers may change."""

import math
from dataclasses import dataclass, field

import pytest
import torch
from constants import RMP as NEURON

from snnexp.backbones.convnet import Convnet
from snnexp.backbones.layers import LayerFactory
from snnexp.config.settings import TrainerConfig
from snnexp.datasets.base import Loader
from snnexp.datasets.digits import Digits
from snnexp.errors import Preempted, RunError
from snnexp.losses.cross_entropy import CrossEntropy
from snnexp.machine.team import Team
from snnexp.neurons.lif import Lif
from snnexp.regularizers.base import Regularizer
from snnexp.regularizers.rmp import Rmp
from snnexp.surrogates.rectangle import Rectangle
from snnexp.training.rates import Timed
from snnexp.training.trainer import Trainer

CPU = torch.device("cpu")
ALONE = Team("cpu")
SETTINGS = {
    "epochs": 2, "batch_size": 48, "eval_batch_size": 100, "accumulate": 1, "auto_accumulate": False,
    "checkpoint_activations": False, "amp": False, "grad_clip": None, "deterministic": True, "cuda_graph": "auto",
    "nan_policy": "stop", "early_stopping": {"patience": None}, "ema_decay": None, "freeze": [],
}  # fmt: skip


@dataclass
class Memory:
    """A journal that keeps everything, and stops a run as a crash after an epoch would, or a signal."""

    crash_after: int | None = None
    stop_at: int | None = None
    rows: list[dict] = field(default_factory=list)
    states: list[dict] = field(default_factory=list)
    asked: int = 0

    def load(self) -> dict | None:
        return clone(self.states[-1]) if self.states else None

    def log(self, row: dict) -> None:
        self.rows.append(row)

    def save(self, state: dict, step: int) -> None:
        assert not self.states or step >= self.states[-1]["saved at"]
        self.states.append(clone(state) | {"saved at": step})
        if self.crash_after is not None and (state["epoch"], state["step"]) == (self.crash_after + 1, 0):
            raise KeyboardInterrupt

    def stopped_by(self) -> str | None:
        self.asked += 1
        return "SIGTERM" if self.stop_at == self.asked else None


def clone(value):
    if isinstance(value, dict):
        return {name: clone(part) for name, part in value.items()}
    return (
        value.clone() if isinstance(value, torch.Tensor) else [*map(clone, value)] if isinstance(value, list) else value
    )


def make(regularizers: tuple[Regularizer, ...] = (), lr: float = 0.1, fused: bool = True, **settings) -> Trainer:
    layers = LayerFactory(2, lambda site: Lif(site, Rectangle(width=1.0), **vars(NEURON)), size=(8, 8))
    network = Convnet(layers, 1, 10, width=4)
    network.initialize(1)
    optimizer = torch.optim.SGD(network.parameters(), lr=lr, momentum=0.9, fused=fused)
    rates = Timed(torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, SETTINGS["epochs"]), "epoch")
    config = TrainerConfig(**SETTINGS | settings)
    return Trainer(network, CrossEntropy(label_smoothing=0.0), regularizers, optimizer, rates, config, ALONE, 1)


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


RMP = Rmp(weight=0.1, schedule="triangle", sites="all", tensor="v_pre", target="spikes")


def test_the_same_seed_and_a_run_resumed_after_an_epoch_give_the_same_bits():
    whole, again, crashed, resumed = (make((RMP,)) for _ in range(4))
    kept, other, memory = Memory(), Memory(), Memory(crash_after=0)
    whole.fit(*loaders(), kept)
    again.fit(*loaders(), other)
    with pytest.raises(KeyboardInterrupt):
        crashed.fit(*loaders(), memory)
    memory.crash_after = None
    row = resumed.fit(*loaders(), memory)
    assert untimed(kept.rows) == untimed(other.rows) == untimed(memory.rows)
    assert same(whole.network.state_dict(), again.network.state_dict())
    assert same(whole.network.state_dict(), resumed.network.state_dict())
    assert row["best_epoch"] in (0, 1)


@pytest.fixture(scope="module")
def undisturbed() -> tuple[list[dict], dict[str, torch.Tensor]]:
    """Rows and last weights of a training that nothing stops."""
    trainer, memory = make((RMP,), accumulate=2), Memory()
    trainer.fit(*loaders(), memory)
    return untimed(memory.rows), trainer.network.state_dict()


# 30 steps of training an epoch, then 4 batches of the test set: within, at the end of, and behind the training
@pytest.mark.parametrize("stop_at", [1, 17, 30, 32, 34, 40])
def test_a_run_stopped_at_any_step_goes_on_to_the_same_bits(stop_at, undisturbed):
    stopped, resumed = (make((RMP,), accumulate=2) for _ in range(2))
    memory = Memory(stop_at=stop_at)
    with pytest.raises(Preempted, match="stopped by SIGTERM in epoch"):
        stopped.fit(*loaders(), memory)
    resumed.fit(*loaders(), memory)
    rows, weights = undisturbed
    assert untimed(memory.rows) == rows
    assert same(resumed.network.state_dict(), weights)


def test_a_finished_state_trains_no_further():
    memory, trainer = Memory(), make()
    row = trainer.fit(*loaders(), memory)
    assert untimed([make().fit(*loaders(), memory)]) == untimed([row])
    assert len(memory.rows) == 2


def step(trainer: Trainer, x: torch.Tensor, y: torch.Tensor) -> list[torch.Tensor]:
    """Gradients of one step in float64."""
    trainer.network.double()
    for state in trainer.optimizer.state.values():
        state["momentum_buffer"] = state["momentum_buffer"].double()
    trainer.step(x.double(), y, 0)
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


def test_a_schedule_by_step_moves_with_each_and_by_epoch_with_the_last():
    seen = {}
    for pace in ("step", "epoch"):
        trainer = make(epochs=2)
        trainer.rates.pace, count = pace, []
        trainer.rates.scheduler.step = lambda count=count, trainer=trainer: count.append(trainer.position)
        trainer.fit(*loaders(), Memory())
        seen[pace] = len(count)
    assert seen == {"step": 2 * len(loaders()[0]), "epoch": 2}


def test_the_last_evaluation_is_one_pass_and_tells_all_that_a_result_holds():
    (train, test), trainer, passes = loaders(), make(), []
    plain, memory = test.epoch, Memory()
    test.epoch = lambda *given: passes.append(given) or plain(*given)
    row = trainer.fit(train, test, memory)
    assert len(passes) == 2 and row["synaptic_operations"]["Effective_MACs"] > 0
    rate = sum(each["neurons"] * each["firing_rate"] for each in row["layers"])
    assert row["firing_rate"] == rate / sum(each["neurons"] for each in row["layers"])
    assert "synaptic_operations" not in memory.rows[-1]
    assert untimed([make().fit(train, test, memory)]) == untimed([row]) and len(passes) == 2


def test_clipping_bounds_the_norm_of_all_gradients():
    x, y = next(loaders()[0].epoch(0))
    gradients = step(make(grad_clip=1e-3), x, y)
    assert math.sqrt(sum(g.square().sum().item() for g in gradients)) == pytest.approx(1e-3, rel=1e-3)


def test_a_regularizer_without_a_say_changes_no_bit():
    x, y = next(loaders()[0].epoch(0))
    off = Rmp(weight=0.0, schedule="constant", sites="all", tensor="v_pre", target="spikes")
    for plain, other in zip(step(make(), x, y), step(make((off, Regularizer())), x, y), strict=True):
        assert torch.equal(plain, other)


def test_progress_counts_epochs_from_zero():
    seen = []

    class Watch(Regularizer):
        needs = frozenset({"v_pre"})

        def penalty(self, outputs):
            assert all(record.v_pre is not None for record in outputs.records)
            seen.append(outputs.progress.item())
            return None

    make((Watch(),), epochs=4).fit(*loaders(), Memory())
    assert sorted(set(seen)) == [0, 0.25, 0.5, 0.75]


def test_each_epoch_tells_lambda_and_the_penalty_within_the_loss():
    """With a rate of 0 weights stay, so the loss without its penalty is the vanilla run's."""
    plain, memory, rising = (
        Memory(),
        Memory(),
        Rmp(weight=0.2, schedule="linear", sites="all", tensor="v_pre", target="spikes"),
    )
    make(lr=0.0).fit(*loaders(), plain)
    make((rising, Regularizer()), lr=0.0).fit(*loaders(), memory)
    assert [row["lambda"] for row in memory.rows] == pytest.approx([0.0, 0.1])
    assert memory.rows[0]["train_penalty"] == 0 and "lambda" not in plain.rows[0]
    for row, without in zip(memory.rows, plain.rows, strict=True):
        assert row["train_loss"] - row["train_penalty"] == pytest.approx(without["train_loss"], rel=1e-6)
    # In evaluation batch norm takes other statistics, so the two errors are alike and not equal.
    assert memory.rows[1]["train_penalty"] == pytest.approx(0.1 * memory.rows[1]["quantization_error"], rel=0.5)


def test_bfloat16_learns_too():
    trainer = make(amp=True)
    assert trainer.fit(*loaders(), Memory())["test_accuracy"] > 0.5


class Spoil(Loader):
    """A loader whose batch at one step of the run is spoilt, once or always."""

    at, value, times = 5, math.nan, 10**6

    def epoch(self, epoch, start=0):
        for number, (x, y) in enumerate(super().epoch(epoch, start), start):
            spoilt = epoch == 0 and number == self.at and self.times > 0
            self.times -= spoilt
            yield torch.where(torch.arange(x.numel()).view_as(x) == 7, self.value, x) if spoilt else x, y


def spoilt(value: float = math.nan, times: int = 10**6) -> tuple[Loader, Loader]:
    train, test = loaders()
    train.__class__ = Spoil
    train.value, train.times = value, times
    return train, test


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("fused", [True, False])
def test_stops_before_a_step_that_is_not_finite_takes_effect(value, fused):
    memory, trainer, short = Memory(), make(fused=fused), make(fused=fused)
    with pytest.raises(RunError, match=r"epoch 1, step 6: the data is not finite.*; try a lower optimizer.lr"):
        trainer.fit(*spoilt(value), memory)
    assert memory.states == [] and memory.rows == []
    for number, (x, y) in zip(range(5), loaders()[0].epoch(0), strict=False):
        short.network.train()
        short.step(x, y, number)
    assert all(torch.equal(a, b) for a, b in zip(trainer.network.parameters(), short.network.parameters(), strict=True))


def test_skipping_a_step_leaves_no_trace_of_it():
    memory, trainer, other = Memory(), make(nan_policy="skip"), make(nan_policy="skip")
    row = trainer.fit(*spoilt(), memory)
    assert [each["skipped_steps"] for each in memory.rows] == [1, 0] and row["test_accuracy"] > 0.5
    assert math.isfinite(memory.rows[0]["train_loss"])
    other.network.train()
    for number, (x, y) in enumerate(loaders()[0].epoch(0)):
        if number != 5:
            other.step(x, y, number)
    assert same({k: v for k, v in memory.states[0]["network"].items()}, other.network.state_dict())


def test_the_first_step_of_all_may_be_skipped():
    train, test = spoilt()
    train.at = 0
    assert make(nan_policy="skip").fit(train, test, Memory())["test_accuracy"] > 0.5


def test_rolling_back_trains_the_epoch_again_in_another_order():
    memory, trainer = Memory(), make(nan_policy="rollback")
    row = trainer.fit(*spoilt(), memory)
    assert [each["rollbacks"] for each in memory.rows] == [1, 1] and row["test_accuracy"] > 0.5
    plain = Memory()
    make(nan_policy="rollback").fit(*loaders(), plain)
    assert memory.rows[0]["train_loss"] != plain.rows[0]["train_loss"]


def test_rolling_back_ends_where_it_does_not_help():
    trainer = make(nan_policy="rollback")
    with torch.no_grad():
        trainer.network.head.bias[3] = torch.nan
    with pytest.raises(RunError, match="the loss is not finite"):
        trainer.fit(*loaders(), Memory())
