"""What the network of a finished run does on the test set: potentials, input currents and firing maps."""

from dataclasses import dataclass
from itertools import islice
from math import ceil

import torch

from snnexp.config.compose import compose_stored
from snnexp.metrics.firing_maps import FiringMaps, mapping
from snnexp.metrics.histogram import Histogram
from snnexp.metrics.potentials import HIGH, LOW, Potentials
from snnexp.neurons.base import SpikingLayer, recording
from snnexp.runs import checkpoint
from snnexp.runs.finished import Finished
from snnexp.training.assembly import make
from snnexp.training.loading import load

BATCH = 32  # samples whose potentials are held at once, of all layers


@dataclass(frozen=True)
class Measurement:
    """Each spiking layer's threshold, potentials and currents by its name, and the maps of those that have any.

    `signed` are the layers whose neurons fire -1 as well.
    """

    thresholds: dict[str, float]
    signed: frozenset[str]
    potentials: Potentials
    currents: Potentials
    maps: FiringMaps

    def histogram(self, layer: str, channel: int | None = None) -> Histogram:
        """The densities of a layer's potentials and currents, or of one of its channels'."""
        v_pre, x = (each.density(layer, channel).tolist() for each in (self.potentials, self.currents))
        return Histogram(v_pre, x, LOW, HIGH, self.thresholds[layer], layer in self.signed)

    def histograms(self) -> dict[str, Histogram]:
        """Those of all layers."""
        return {layer: self.histogram(layer) for layer in self.thresholds}


@torch.no_grad()
def measure(
    run: Finished, overrides: list[str], allow_modules: tuple[str, ...] = (), samples: int | None = None
) -> Measurement:
    """Build the run's network again and record it on the test set, whole or about so many samples spread over it.

    Raises:
        UserError: wrong overrides, or data or weights missing.
    """
    small = min(BATCH, run.config["trainer"]["eval_batch_size"])
    composed = compose_stored(run.config, [f"trainer.eval_batch_size={small}", *overrides], allow_modules)
    dataset, trainer = make(composed)
    checkpoint.load_weights(run.file(checkpoint.WEIGHTS), trainer.network)
    trainer.network.eval()
    potentials, currents = Potentials(), Potentials("x")
    batches = load(composed, dataset, trainer).test
    every = 1 if samples is None else ceil(batches.samples / samples)  # of the batches
    with mapping(trainer.network) as maps:
        for x, _ in islice(batches.epoch(0), 0, None, every):
            with recording(frozenset({"v_pre", "x"})) as records:
                trainer.objective.forward(x)
            potentials.add(records)
            currents.add(records)
    neurons = {m.site.name: m for m in trainer.network.modules() if isinstance(m, SpikingLayer)}
    thresholds = {name: neurons[name].v_threshold for name in potentials.counts}
    signed = frozenset(name for name in thresholds if neurons[name].levels[0] < 0)
    return Measurement(thresholds, signed, potentials, currents, maps)
