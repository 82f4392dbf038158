"""Evaluation: a pass over samples that trains nothing, and which samples a training looks at, and when."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

from snnexp.errors import Preempted
from snnexp.machine.team import Team
from snnexp.metrics import figures
from snnexp.metrics.epoch import EpochMetrics
from snnexp.metrics.firing_maps import mapping
from snnexp.metrics.synaptic_operations import counting
from snnexp.neurons.base import recording
from snnexp.training.contracts import Batches, Row
from snnexp.training.objective import Objective
from snnexp.training.out_of_memory import TESTING, fitting


@torch.no_grad()
def evaluate(
    objectives: Sequence[Objective], batches: Batches, team: Team, pause: Callable[[], None] | None = None
) -> list[Row]:
    """Compute the figures of each network, all of one pass over the batches; `pause` is called after each batch.

    Raises:
        OutOfMemory: too little memory for a batch.
    """
    found = [EpochMetrics() for _ in objectives]
    for objective in objectives:
        objective.network.eval()
    for x, y in tqdm(batches.epoch(0), "test", len(batches), leave=False, disable=None):
        for objective, metrics in zip(objectives, found, strict=True):
            with fitting(objective.network, f"a test batch of {len(y)}", TESTING), recording() as records:
                logits, loss = objective.predict(x, y)
            metrics.update(logits, y, loss, records)
        if pause is not None:
            pause()
    for metrics in found if batches.is_shared else ():
        metrics.merge(team.add_up)
    return [metrics.compute() for metrics in found]


def inspect(
    objectives: Sequence[Objective], batches: Batches, team: Team, pause: Callable[[], None] | None = None
) -> list[Row]:
    """Evaluate and measure the first network's synaptic operations and its layers' firing maps."""
    network = objectives[0].network
    with counting(network) as operations, mapping(network) as maps:
        first, *others = evaluate(objectives, batches, team, pause)
    if batches.is_shared:
        operations.merge(team.add_up)
        maps.merge(team.add_up)
    patterns = maps.patterns()
    layers = [layer | patterns.get(layer["name"], {}) for layer in first["layers"]]
    return [first | {"layers": layers, "synaptic_operations": operations.compute()}, *others]


def measure(
    objective: Objective, test: Batches, team: Team, progress: float, pause: Callable[[], None] | None = None
) -> Row:
    """Compute a result's figures of a test set; losses that change in training are those of `progress` in [0, 1)."""
    objective.progress.fill_(progress)
    return figures.on_test(*inspect([objective], test, team, pause))


@dataclass(frozen=True)
class Looks:
    """What a training looks at: the test set after each epoch; or a validation split, and the test set at the end."""

    objective: Objective
    team: Team
    epochs: int
    test: Batches
    validation: Batches | None

    def after(self, epoch: int, pause: Callable[[], None] | None) -> Row:
        """Evaluate after an epoch; on the test set the last time with all the figures that a result has."""
        if self.validation is not None:
            return figures.on_validation(*evaluate([self.objective], self.validation, self.team, pause))
        if epoch + 1 == self.epochs:
            return measure(self.objective, self.test, self.team, epoch / self.epochs, pause)
        return figures.on_test(*evaluate([self.objective], self.test, self.team, pause))

    def at_the_end(self, epoch: int, best: Mapping[str, Tensor], stopped_by: Callable[[], str | None]) -> Row:
        """Compute a result's figures of the test set after the last epoch of a training with a validation split.

        That is read once for two networks: with the last weights, and with those that did best on validation.

        Raises:
            Preempted: the run was asked to stop; its state was saved before.
        """
        if self.validation is None:
            return {}

        def pause() -> None:
            if cause := stopped_by():
                raise Preempted(f"stopped by {cause} as the test set was read, after the last epoch")

        network = copy.deepcopy(self.objective.network)
        network.load_state_dict(best)
        chosen = self.objective.of(network)
        self.objective.progress.fill_(epoch / self.epochs)
        last, of_best = inspect([self.objective, chosen], self.test, self.team, pause if self.team.size == 1 else None)
        return figures.on_test(last) | {"chosen_test_accuracy": of_best["accuracy"]}
