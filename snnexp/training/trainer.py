"""The loop: an epoch of training, an evaluation, and the fit that joins them. Reads top to bottom."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from tqdm import tqdm

from snnexp.config.settings import TrainerConfig
from snnexp.errors import Preempted, RunError
from snnexp.losses.base import Loss
from snnexp.machine.team import Team
from snnexp.metrics import figures
from snnexp.mixings.base import Mixing
from snnexp.regularizers.base import Regularizer
from snnexp.training.averaging import Average
from snnexp.training.beginning import hold
from snnexp.training.best import Best
from snnexp.training.contracts import Batches, Journal, Row, State
from snnexp.training.evaluation import Looks
from snnexp.training.nonfinite import NotFinite
from snnexp.training.objective import Objective
from snnexp.training.rates import Rates
from snnexp.training.step import Step

log = logging.getLogger(__name__)
CHECK = 50  # steps between checks of what was not finite, since each waits for the GPU; on a CPU every step is checked
ROLLBACKS = 3  # in one epoch, before a run is given up
REMEDIES = "try a lower optimizer.lr, trainer.grad_clip=1, or trainer.nan_policy=skip"


@dataclass
class Trainer:
    """Network, objective and optimizer, with the settings of `TrainerConfig`."""

    network: nn.Module
    loss: Loss
    regularizers: Sequence[Regularizer]
    optimizer: torch.optim.Optimizer
    rates: Rates
    config: TrainerConfig
    team: Team
    seed: int
    mixings: Sequence[Mixing] = ()

    def __post_init__(self) -> None:
        self.device = self.team.device
        self.objective = Objective(self.network, self.loss, self.regularizers, self.device, self.config.amp is True)
        decay = self.config.ema_decay
        self.average = None if decay is None else Average(self.network, decay)
        # Of the network that is evaluated and saved.
        self.evaluated = self.objective if self.average is None else self.objective.of(self.average.network)
        parts = self.objective, self.optimizer, self.config, self.team, self.seed
        self.step = Step(*parts, self.mixings, self.average)
        self.position = 0, 0  # epoch, and steps done in it
        self.row: Row = {}  # of the last epoch
        self.best = Best()
        self.lr = 0.0  # at the start of this epoch
        self.continued: str | None = None  # the run of fewer epochs that this one began with
        self.rollbacks = 0  # how often an epoch was begun again in another order
        self.seconds = 0.0  # of training in this epoch

    def fit(self, train: Batches, test: Batches, journal: Journal, validation: Batches | None = None) -> Row:
        """Train from the journal's state, or from the start, to the last epoch; returns the last row and the best's.

        Each epoch is evaluated on the test set; with a validation split on that, and the test set is read at the end.

        Raises:
            RunError: a step that is not finite, or too little memory.
            Preempted: the journal was asked to stop; the state is saved.
        """
        looks = Looks(self.evaluated, self.team, self.config.epochs, test, validation)
        self.restore(journal.load())
        if self.config.nan_policy == "rollback" and self.position == (0, 0):
            journal.save(self.state(), 0)
        tries = 0  # at this epoch
        while not self.is_over():
            try:
                self.epoch(train, looks, journal)
                tries = 0
            except NotFinite as error:
                tries += 1
                if self.config.nan_policy != "rollback" or tries > ROLLBACKS:
                    raise RunError(f"{error}; {REMEDIES}") from error
                log.warning("%s: back to the last checkpoint, from there in another order", error)
                before = self.rollbacks
                self.restore(journal.load())
                self.rollbacks = before + 1
        return self.row | self.best.row | looks.at_the_end(self.position[0] - 1, self.best.weights, journal.stopped_by)

    def is_over(self) -> bool:
        """Return whether the last epoch is trained, or validation has got no better for as many epochs as wanted."""
        done, patience = self.position[0], self.config.early_stopping["patience"]
        if done < self.config.epochs and patience is not None and done - 1 - self.best.epoch >= patience:
            log.info("stopped after epoch %d: %d without a better validation accuracy", done, patience)
            return True
        return done == self.config.epochs

    def epoch(self, train: Batches, looks: Looks, journal: Journal) -> None:
        """Train for the rest of an epoch, evaluate and save; the statistics of the layers are of what is evaluated."""
        epoch = self.position[0]
        self.train_epoch(train, journal)
        start = time.perf_counter()
        trained = {f"train_{name}": value for name, value in self.step.tally.compute().items()}
        # Processes of a team test different numbers of batches, and can only agree on a stop before and after.
        found = looks.after(epoch, (lambda: self.pause(train, journal)) if self.team.size == 1 else None)
        row = {"epoch": epoch, "lr": self.lr}
        for regularizer in self.regularizers:
            row |= regularizer.constants(torch.tensor(epoch / self.config.epochs, dtype=torch.float64))
        row |= trained | found
        if self.config.nan_policy != "stop":
            row |= {"skipped_steps": int(self.step.watch.count), "rollbacks": self.rollbacks}
        row |= {"seconds": self.seconds + time.perf_counter() - start}
        row |= {"samples_per_second": train.samples / self.seconds}
        self.finish(row)
        journal.log({name: value for name, value in row.items() if name not in figures.INSPECTED})
        journal.save(self.state(), self.position[0] * len(train))
        shown = "  ".join(f"{each.short} {each.text(value)}" for each, value in figures.present(row) if each.short)
        progress = epoch + 1, self.config.epochs, row["train_loss"]
        log.info("epoch %d/%d  loss %.4f  %s  %.1f s", *progress, shown, row["seconds"])

    def finish(self, row: Row) -> None:
        """Take up an epoch's row, and stand before the next epoch."""
        self.best.consider(row, self.evaluated.network)
        self.rates.after_epoch(row)
        self.row, self.position, self.seconds = row, (row["epoch"] + 1, 0), 0.0
        self.step.tally.sums.zero_()
        self.step.watch.begin(0)

    def train_epoch(self, train: Batches, journal: Journal) -> None:
        """Train what is left of a pass over the training set; on a GPU nothing in it waits for the device."""
        self.network.train()
        hold(self.network, self.config.freeze)
        epoch, begun = self.position
        if begun == 0:
            self.lr = float(self.optimizer.param_groups[0]["lr"])
        self.objective.progress.fill_(epoch / self.config.epochs)
        drawn = epoch + self.config.epochs * self.rollbacks  # another epoch's order and draws, behind the last one's
        bar = tqdm(train.epoch(drawn, begun), f"epoch {epoch + 1}", len(train), False, initial=begun, disable=None)
        before, start = self.seconds, time.perf_counter()
        for done, (x, y) in enumerate(bar, begun + 1):
            self.step(x, y, drawn * len(train) + done - 1)
            self.position, self.seconds = (epoch, done), before + time.perf_counter() - start
            self.rates.after_step(epoch + done / len(train), ends_epoch=done == len(train))
            checks = self.device.type == "cpu" or done % CHECK == 0 or done == len(train)
            if checks:
                self.check()
            if checks or self.team.size == 1:
                self.pause(train, journal)
        self.seconds = before + time.perf_counter() - start

    def check(self) -> None:
        """Wait for the device, and see whether all was finite.

        Raises:
            NotFinite: a step was not, unless such steps are left out.
        """
        found = self.step.watch.found()
        if found is not None and self.config.nan_policy != "skip":
            raise NotFinite(f"epoch {self.position[0] + 1}, {found}")

    def pause(self, train: Batches, journal: Journal) -> None:
        """Save and stop, where that was requested.

        Raises:
            Preempted: always then.
        """
        if cause := journal.stopped_by():
            self.check()
            epoch, done = self.position
            journal.save(self.state(), epoch * len(train) + done)
            raise Preempted(f"stopped by {cause} in epoch {epoch + 1}, after {done} of its {len(train)} steps")

    def state(self) -> State:
        """Return all that a run needs to resume from here; no generator's state is among it, by `randomness`."""
        parts = {"network": self.network, "optimizer": self.optimizer, "rates": self.rates}
        (epoch, done), step = self.position, self.step
        sums = {"tally": step.tally.sums, "skipped": step.watch.count}
        here = {"epoch": epoch, "step": done, "lr": self.lr, "detours": self.rollbacks, "seconds": self.seconds}
        past = {"row": self.row, "best": self.best.state(), "accumulate": step.accumulate, "continued": self.continued}
        average = {} if self.average is None else {"average": self.average.state()}
        return {name: part.state_dict() for name, part in parts.items()} | average | sums | here | past

    def restore(self, state: State | None) -> None:
        """Take up a state; without one all is as it was made."""
        if self.average is not None:
            self.average.begin(self.network) if state is None else self.average.restore(state["average"])
        if state is not None:
            self.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.rates.load_state_dict(state["rates"])
            self.position = state["epoch"], state["step"]
            self.row, self.best, self.lr = state["row"], Best(**state["best"]), state["lr"]
            self.rollbacks, self.seconds, self.continued = state["detours"], state["seconds"], state["continued"]
        self.step.watch.begin(self.position[1])
        if state is not None:
            self.step.restore(state)
