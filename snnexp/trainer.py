"""The loop: one training step, one evaluation, and the fit that joins them. Reads top to bottom."""

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler
from tqdm import tqdm

from snnexp.errors import RunError, UserError
from snnexp.memory import in_parts_that_fit
from snnexp.metrics.epoch import EpochMetrics
from snnexp.neurons.base import Record
from snnexp.randomness import derive
from snnexp.recording import recording
from snnexp.regularizers.base import Regularizer

log = logging.getLogger(__name__)
Loss = Callable[[Float[Tensor, "N K"], Int64[Tensor, "N"]], Float[Tensor, ""]]
Row = dict[str, Any]
Outcome = tuple[Tensor, Tensor, Tensor, list[Record]]


@dataclass(frozen=True, kw_only=True)
class TrainerConfig:
    """How long and how a network is trained; `grad_clip` bounds the norm of all gradients together.

    `accumulate` splits each batch into so many parts, one after the other; with `auto_accumulate` that number is
    doubled until a part fits the memory. `amp` computes in bfloat16 where autocast allows it; `deterministic` refuses
    operations that differ from run to run.

    Raises:
        UserError: a value out of range.
    """

    epochs: int
    batch_size: int
    eval_batch_size: int
    accumulate: int
    auto_accumulate: bool
    amp: bool
    grad_clip: float | None
    deterministic: bool

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type is int and value < 1:
                raise UserError(f"trainer.{field.name}={value}: must be at least 1")
        if self.grad_clip is not None and not self.grad_clip > 0:
            raise UserError(f"trainer.grad_clip={self.grad_clip}: must be above 0, or null for none")
        if self.accumulate > self.batch_size:
            raise UserError(f"trainer.accumulate={self.accumulate}: at most trainer.batch_size={self.batch_size}")


@runtime_checkable
class Batches(Protocol):
    """What the trainer asks of a loader."""

    @property
    def samples(self) -> int: ...

    def __len__(self) -> int: ...

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[Tensor, Tensor]]: ...


@runtime_checkable
class Journal(Protocol):
    """Where epochs and states are kept, so that a run can go on after a stop."""

    def log(self, row: Row) -> None: ...

    def save(self, state: dict[str, Any], epoch: int) -> None: ...


@dataclass
class Trainer:
    """Network, objective and optimizer, with the settings of `TrainerConfig`."""

    network: nn.Module
    loss: Loss
    regularizers: Sequence[Regularizer]
    optimizer: torch.optim.Optimizer
    schedule: LRScheduler
    config: TrainerConfig
    device: torch.device
    seed: int

    def __post_init__(self) -> None:
        self.needs = frozenset[str]().union(*(r.needs for r in self.regularizers))
        # On the device, so that no Python number is frozen into a captured step.
        self.progress = torch.zeros((), device=self.device)
        self.accumulate = self.config.accumulate

    def fit(self, train: Batches, test: Batches, journal: Journal, state: dict[str, Any] | None = None) -> Row:
        """Train from `state`, or from the start, to the last epoch; returns the last row and the best epoch's.

        Raises:
            RunError: a training loss that is not finite, or too little memory.
        """
        first, best = (0, None) if state is None else self.restore(state)
        row: Row = {} if state is None else state["row"]
        for epoch in range(first, self.config.epochs):
            row = self.epoch(epoch, train, test)
            if not math.isfinite(row["train_loss"]):
                raise RunError(f"training loss {row['train_loss']} in epoch {epoch}: try a lower optimizer.lr")
            if best is None or row["test_accuracy"] > best["best_test_accuracy"]:
                best = {"best_test_accuracy": row["test_accuracy"], "best_epoch": epoch}
            journal.log({name: value for name, value in row.items() if name != "layers"})
            journal.save(self.state(row, best), epoch)
            log.info(
                "epoch %d/%d  loss %.4f  test accuracy %.2f %%  firing rate %.4f  quantization error %.4f  %.1f s",
                epoch + 1, self.config.epochs, row["train_loss"], 100 * row["test_accuracy"],
                row["firing_rate"], row["quantization_error"], row["seconds"],
            )  # fmt: skip
        return row | (best or {})

    def epoch(self, epoch: int, train: Batches, test: Batches) -> Row:
        """Train for one epoch and evaluate; the statistics of the layers are those of the test set."""
        start = time.perf_counter()
        lr = float(self.optimizer.param_groups[0]["lr"])
        trained = self.train_epoch(epoch, train).compute()
        seconds = time.perf_counter() - start
        self.schedule.step()
        tested = self.evaluate(test)
        tested = {f"test_{name}" if name.startswith(("loss", "accuracy")) else name: tested[name] for name in tested}
        row = {"epoch": epoch, "lr": lr, "train_loss": trained["loss"], "train_accuracy": trained["accuracy"], **tested}
        return row | {"seconds": time.perf_counter() - start, "samples_per_second": train.samples / seconds}

    def train_epoch(self, epoch: int, train: Batches) -> EpochMetrics:
        """One pass over the training set; nothing in it waits for the device."""
        self.network.train()
        self.progress.fill_(epoch / self.config.epochs)
        metrics = EpochMetrics()
        bar = tqdm(train.epoch(epoch), f"epoch {epoch + 1}", len(train), leave=False, disable=None)
        for step, (x, y) in enumerate(bar, epoch * len(train)):
            self.train_step(x, y, step, metrics)
        return metrics

    def train_step(self, x: Float[Tensor, "..."], y: Int64[Tensor, "N"], step: int, metrics: EpochMetrics) -> None:
        """One step of the optimizer on a batch."""
        doubling = self.config.auto_accumulate
        work = partial(self.backward, x, y, step)
        outcomes, self.accumulate = in_parts_that_fit(self.network, work, self.accumulate, len(y), doubling)
        for outcome in outcomes:
            metrics.update(*outcome)
        if self.config.grad_clip is not None:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.config.grad_clip)
        self.optimizer.step()

    def backward(self, x: Float[Tensor, "..."], y: Int64[Tensor, "N"], step: int, parts: int) -> list[Outcome]:
        """The batch's gradients, added up over its parts; returns what the metrics take of each part."""
        self.optimizer.zero_grad(set_to_none=True)
        outcomes: list[Outcome] = []
        pieces = zip(x.chunk(parts, x.dim() - 4), y.chunk(parts), strict=True)  # images [N, ...], events [T, N, ...]
        for part, (inputs, targets) in enumerate(pieces):
            torch.manual_seed(derive(self.seed, "step", step, part))
            logits, loss, records = self.objective(inputs, targets)
            (loss * (len(targets) / len(y))).backward()
            outcomes.append((logits.detach(), targets, loss.detach(), [without_tensors(r) for r in records]))
        return outcomes

    def objective(
        self, x: Float[Tensor, "..."], y: Int64[Tensor, "N"]
    ) -> tuple[Float[Tensor, "N K"], Float[Tensor, ""], list[Record]]:
        """Logits, the loss with every penalty, and the layers' records."""
        with recording(self.needs) as records:
            logits = self.forward(x)
            loss = self.loss(logits, y)
            for regularizer in self.regularizers:
                penalty = regularizer.penalty(records, self.progress)
                loss = loss if penalty is None else loss + penalty
        return logits, loss, records

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "N K"]:
        """Logits; with `amp` the network computes in bfloat16 where it may, and the loss in float32 all the same."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.amp):
            logits = self.network(x)
        return logits.float() if self.config.amp else logits

    @torch.no_grad()
    def evaluate(self, test: Batches) -> Row:
        """The network's figures on a test set: `EpochMetrics.compute`."""
        self.network.eval()
        metrics = EpochMetrics()
        for x, y in tqdm(test.epoch(0), "test", len(test), leave=False, disable=None):
            with recording() as records:
                logits = self.forward(x)
            targets = y.repeat_interleave(len(logits) // len(y))  # each of a sample's clips has its label
            metrics.update(logits, y, self.loss(logits, targets), records)
        return metrics.compute()

    def state(self, row: Row, best: Row) -> dict[str, Any]:
        """All that a run needs to go on after this epoch; no generator's state is among it, by `randomness`."""
        parts = {"network": self.network, "optimizer": self.optimizer, "schedule": self.schedule}
        return {name: part.state_dict() for name, part in parts.items()} | {"row": row, "best": best}

    def restore(self, state: dict[str, Any]) -> tuple[int, Row]:
        """Take up a state; returns the epoch that comes next and the best one so far."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        return state["row"]["epoch"] + 1, state["best"]


def without_tensors(record: Record) -> Record:
    """A layer's statistics alone, so that nothing large outlives the step."""
    return record._replace(quantization_error=record.quantization_error.detach(), x=None, v_pre=None)
