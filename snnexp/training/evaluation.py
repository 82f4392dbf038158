"""A pass over samples that trains nothing: a network's figures, and at the end of a run what needs hooks as well."""

from collections.abc import Callable, Sequence

import torch
from tqdm import tqdm

from snnexp.machine.team import Team
from snnexp.metrics.epoch import EpochMetrics
from snnexp.metrics.firing_maps import mapping
from snnexp.metrics.recording import recording
from snnexp.metrics.synaptic_operations import counting
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
    """As `evaluate`, with the first network's synaptic operations and its layers' firing maps."""
    network = objectives[0].network
    with counting(network) as operations, mapping(network) as maps:
        first, *others = evaluate(objectives, batches, team, pause)
    if batches.is_shared:
        operations.merge(team.add_up)
        maps.merge(team.add_up)
    patterns = maps.patterns()
    layers = [layer | patterns.get(layer["name"], {}) for layer in first["layers"]]
    return [first | {"layers": layers, "synaptic_operations": operations.compute()}, *others]
