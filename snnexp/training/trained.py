"""A finished run as an object: its network with the trained weights, samples of its data, and what its layers do."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from snnexp.config.compose import compose_stored
from snnexp.datasets.base import Dataset, Files, Ordered, Samples
from snnexp.errors import UserError
from snnexp.neurons.base import TENSORS, SpikingLayer, recording
from snnexp.runs import checkpoint, finished, history
from snnexp.training.assembly import describe_dataset, make_network, make_regularizers

Layers = dict[str, Tensor]


@dataclass(frozen=True)
class Activity:
    """What a network computed of some samples: logits, and by each spiking layer's name what the layer did.

    `currents` are what neurons are given, one step where it stands for T equal ones; `potentials` are those before the
    reset, and above (or at) `thresholds` there are `spikes`.
    """

    logits: Float[Tensor, "N K"]
    spikes: Layers
    potentials: Layers
    currents: Layers
    thresholds: dict[str, float]


@dataclass(frozen=True)
class Trained:
    """A finished run: its folder, config and result, its network with the trained weights, and its data set."""

    folder: Path
    config: dict[str, Any]
    result: dict[str, Any]
    network: nn.Module
    dataset: Dataset

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return next(self.network.parameters()).device

    @property
    def rows(self) -> list[history.Row]:
        """Each epoch's figures, as `metrics.jsonl` has them."""
        return finished.read(self.folder).rows

    @property
    def example(self) -> Float[Tensor, "*T N C H W"]:
        """An input of zeros: one image `[1, C, H, W]`, or the frames of one recording `[T, 1, C, H, W]`."""
        steps = [] if self.dataset.static else [self.config["T"]]
        return torch.zeros(*steps, 1, self.dataset.in_channels, *self.dataset.size, device=self.device)

    @cached_property
    def test_set(self) -> Ordered:
        """The test set, one sample a batch.

        Raises:
            UserError: its files are not there, or are damaged.
        """
        self.dataset.check()
        _, test = self.dataset.load(self.config["T"])
        return self.one_by_one(replace(test, workers=0) if isinstance(test, Files) else test)

    def one_by_one(self, samples: Samples) -> Ordered:
        """Return the samples in their order."""
        return self.dataset.loader(samples, batch_size=1, seed=self.config["seed"], device=self.device, shuffle=False)

    def sample(self, index: int) -> tuple[Float[Tensor, "..."], Int64[Tensor, "1"]]:
        """Return a test sample as the network takes it, `[1, C, H, W]` or `[T, clips, 2, H, W]`, and its class.

        Raises:
            UserError: no such sample, or the data are missing.
        """
        if not 0 <= index < self.test_set.samples:
            raise UserError(f"sample {index}: the test set has samples 0 to {self.test_set.samples - 1}")
        return next(iter(self.test_set.epoch(0, index)))

    @torch.no_grad()
    def predict(self, x: Float[Tensor, "*S N C H W"]) -> Float[Tensor, "N K"]:
        """Compute the logits of images `[N, C, H, W]` or event frames `[T, N, 2, H, W]`, rounded as the run was."""
        amp = self.config["trainer"]["amp"] is True
        with torch.autocast(self.device.type, torch.bfloat16, enabled=amp):
            return self.network(x.to(self.device)).float()

    def classify(self, path: Path) -> dict[str, float]:
        """Return the probability of each class, by its name, that a file is of it: the softmax of its logits.

        Of a recording that is tested in several clips it is the mean over these.

        Raises:
            UserError: the file cannot be read, or not as a sample of the run's data set.
        """
        if not path.exists():
            raise UserError(f"{path}: no such file")
        x, _ = next(iter(self.one_by_one(self.dataset.open_file(path, self.config["T"])).epoch(0)))
        probabilities = self.predict(x).softmax(1).mean(0).tolist()
        return dict(zip(self.dataset.class_names, probabilities, strict=True))

    def record(self, x: Float[Tensor, "*S N C H W"]) -> Activity:
        """Compute the logits as `predict` does, and record spikes, potentials and currents of each spiking layer."""
        with recording(TENSORS) as records:
            logits = self.predict(x)
        neurons = {m.site.name: m.v_threshold for m in self.network.modules() if isinstance(m, SpikingLayer)}
        spikes, potentials, currents = (
            {r.site.name: value for r in records if (value := getattr(r, name)) is not None}
            for name in ("spikes", "v_pre", "x")
        )
        return Activity(logits, spikes, potentials, currents, {r.site.name: neurons[r.site.name] for r in records})


def load(folder: Path, overrides: list[str] | None = None, allow_modules: tuple[str, ...] = ()) -> Trained:
    """Load a finished run, on the CPU unless overrides say `device=cuda`; its data need not be there.

    Raises:
        UserError: no finished run there, files that are not its own, or a wrong override.
    """
    run = finished.read(folder)
    composed = compose_stored(run.config, ["device=cpu", *(overrides or [])], allow_modules)
    dataset = describe_dataset(composed, run.result.get("identity", {}).get("data"))
    network = make_network(composed, dataset, make_regularizers(composed)).eval()
    checkpoint.load_weights(run.file(checkpoint.WEIGHTS), network)
    return Trained(folder, run.config, run.result, network.to(composed.config["device"]), dataset)
