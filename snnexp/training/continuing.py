"""Continues a finished run for more epochs, where all of it would have been the same with these from the start."""

import copy
import logging
from collections.abc import Iterator

import torch
from torch import Tensor

from snnexp.config.compose import Composed
from snnexp.errors import UserError
from snnexp.norms.layers import BatchNorm
from snnexp.randomness import reseed
from snnexp.runs import checkpoint
from snnexp.runs.continuing import Shorter, find_shorter
from snnexp.runs.identity import Identity
from snnexp.runs.run import Run
from snnexp.training.contracts import Batches, State
from snnexp.training.objective import Objective
from snnexp.training.trainer import Trainer

log = logging.getLogger(__name__)
FEW = 2  # samples by which it is seen whether a training knows how long it is


def take_up(composed: Composed, identity: Identity, run: Run, trainer: Trainer, train: Batches) -> None:
    """Put the end of a finished run of fewer epochs at the beginning of one that has no state, or say why not."""
    shorter = None if checkpoint.checkpoints(run.folder) else find_shorter(identity, composed.config)
    if shorter is None:
        return
    try:
        state = checkpoint.load_latest(shorter.run.folder)
    except UserError:  # they were verified: their version is another one
        state = None
    if state is None or (why := reason(shorter, state, trainer, train)):
        why = "its checkpoints are not there, or of another version" if state is None else why
        log.info("trained from the start, not continued from %s: %s", shorter.run.folder, why)
        return
    run.adopt(shorter.run, state | {"continued": shorter.run.name}, state["epoch"] * len(train))
    log.info("continues %s after its %d epochs", shorter.run.folder, state["epoch"])


def reason(shorter: Shorter, state: State, trainer: Trainer, train: Batches) -> str | None:
    """Return why a training of more epochs would have gone another way from the start; None if it would not."""
    if shorter.also:
        return f"{shorter.also[0]} is the number of epochs, so that learning rates are others from the start on"
    if state["detours"]:
        return "an epoch was rolled back, and what was drawn since depends on the number of epochs"
    if trainer.rates.depend_on_epochs(shorter.epochs, trainer.config.epochs, len(train)):
        return "its schedule runs over all epochs, so that learning rates are others from the start on"
    if depends_on_progress(trainer, train, shorter.epochs):
        return "its loss or gradients change over all epochs, so that they are others from the start on"
    return None


def depends_on_progress(trainer: Trainer, train: Batches, epochs: int) -> bool:
    """Say whether any epoch's loss or gradients depend on how many epochs there are, tried on some samples."""
    objective = trainer.objective.of(copy.deepcopy(trainer.network))
    for module in objective.network.modules():
        if isinstance(module, BatchNorm):
            module.synchronized = False  # one process looks, while the others of a team wait for what it found
    start = {name: value.clone() for name, value in objective.network.state_dict().items()}
    x, y = next(iter(train.epoch(0)))
    some = x.narrow(x.dim() - 4, 0, min(FEW, len(y))), y[:FEW]

    def at(progress: float) -> list[Tensor]:
        objective.network.load_state_dict(start)
        objective.progress.fill_(progress)
        reseed(objective.device, trainer.seed, "step", 0, 0)
        return list(loss_and_gradients(objective, *some))

    return any(
        not torch.equal(a, b)
        for epoch in range(1, epochs)
        for a, b in zip(at(epoch / epochs), at(epoch / trainer.config.epochs), strict=True)
    )


def loss_and_gradients(objective: Objective, x: Tensor, y: Tensor) -> Iterator[Tensor]:
    """Yield the loss with every penalty, and each gradient, in the mode of training."""
    objective.network.train()
    objective.network.zero_grad(set_to_none=True)
    _, loss, _, _ = objective(x, y)
    loss.backward()
    yield loss.detach()
    yield from (p.grad for p in objective.network.parameters() if p.grad is not None)
