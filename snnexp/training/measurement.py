"""What the network of a finished run does on the test set: potentials, input currents and firing maps."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from snnexp.config.compose import compose_stored
from snnexp.datasets.base import Dataset
from snnexp.metrics.firing_maps import FiringMaps, mapping
from snnexp.metrics.histogram import Histogram
from snnexp.metrics.potentials import HIGH, LOW, Potentials
from snnexp.metrics.raster import raster
from snnexp.metrics.sample import Sample
from snnexp.neurons.base import TENSORS, Record, SpikingLayer, recording
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
    sample: Sample  # the first of the test set

    def histogram(self, layer: str, channel: int | None = None) -> Histogram:
        """Return the densities of a layer's potentials and currents, or of one of its channels'."""
        v_pre, x = (each.density(layer, channel).tolist() for each in (self.potentials, self.currents))
        return Histogram(v_pre, x, LOW, HIGH, self.thresholds[layer], layer in self.signed)

    def histograms(self) -> dict[str, Histogram]:
        """Return those of all layers."""
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
    potentials, currents, sample = Potentials(), Potentials("x"), None
    batches = load(composed, dataset, trainer).test
    every = 1 if samples is None else ceil(batches.samples / samples)  # of the batches
    with mapping(trainer.network) as maps:
        for x, y in islice(batches.epoch(0), 0, None, every):
            with recording(TENSORS) as records:
                logits, _ = trainer.objective.predict(x, y)
            potentials.add(records)
            currents.add(records)
            sample = sample or look(dataset, logits, y, records)
    neurons = {m.site.name: m for m in trainer.network.modules() if isinstance(m, SpikingLayer)}
    thresholds = {name: neurons[name].v_threshold for name in potentials.counts}
    signed = frozenset(name for name in thresholds if neurons[name].levels[0] < 0)
    assert sample is not None  # no test set is empty
    return Measurement(thresholds, signed, potentials, currents, maps, sample)


def look(dataset: Dataset, logits: Float[Tensor, "M K"], y: Int64[Tensor, " N"], records: Sequence[Record]) -> Sample:
    """Record what a network did with a batch's first sample; of a recording in several clips the first is shown."""
    clips = len(logits) // len(y)
    found, names = int(logits[:clips].softmax(1).mean(0).argmax()), dataset.class_names
    spikes = {record.site.name: record.spikes for record in records if record.spikes is not None}
    T = len(next(iter(spikes.values())))
    return Sample(names[int(y[0])], names[found], T, raster(spikes))
