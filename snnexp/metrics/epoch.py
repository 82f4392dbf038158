"""Accuracy, loss and the layers' statistics over an epoch; numbers leave the device when requested, once."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from snnexp.metrics.base.classification import Classification
from snnexp.neurons.base import Record


class EpochMetrics:
    """Sums over the samples seen, held as device tensors in float64."""

    def __init__(self) -> None:
        self.samples = 0
        self.decided = Classification()
        self.loss: Tensor | float = 0.0
        self.statistics: Tensor | float = 0.0
        self.records: Sequence[Record] = ()

    def update(
        self,
        logits: Float[Tensor, "M K"],
        y: Int64[Tensor, "N"],
        loss: Float[Tensor, ""],
        records: Sequence[Record],
    ) -> None:
        """Add one batch, with M / N rows of logits a sample, one for each clip; nothing here waits for the device."""
        n = len(y)
        rows = [(r.firing_rate, r.quantization_error, r.quantization_error_rectified) for r in records]
        flat = [torch.zeros_like(loss) if value is None else value.detach() for row in rows for value in row]
        self.samples += n
        self.decided.add(logits, y)
        self.loss = self.loss + loss.detach().double() * n
        self.statistics = self.statistics + torch.stack(flat).double() * n
        self.records = [r._replace(x=None, v_pre=None, spikes=None) for r in records]

    def merge(self, add_up: Callable[[Sequence[Tensor]], None]) -> None:
        """Take in what other processes saw; `add_up` makes tensors the sums of all processes'."""
        assert isinstance(self.loss, Tensor) and isinstance(self.statistics, Tensor)
        samples = torch.full((), self.samples, dtype=torch.float64, device=self.statistics.device)
        add_up([samples, self.loss, self.statistics, *self.decided.sums()])
        self.samples = int(samples)

    def compute(self) -> dict[str, Any]:
        """loss, what classification decides, firing_rate, firing_rate_layer_mean, quantization_error, layers.

        `firing_rate` is weighted by neurons (NASFR); `firing_rate_layer_mean` is the plain mean of the layers' rates,
        each of which is a LASFR. All are fractions. `quantization_error` is the mean over layers;
        `quantization_error_rectified` appears where a rectifier is set.
        """
        assert isinstance(self.loss, Tensor) and isinstance(self.statistics, Tensor)
        loss, decided = (self.loss / self.samples).item(), self.decided.compute(self.samples)
        values = (self.statistics / self.samples).view(-1, 3).tolist()
        layers = [layer(record, *row) for record, row in zip(self.records, values, strict=True)]
        neurons = [record.neurons for record in self.records]
        rate = sum(m * entry["firing_rate"] for m, entry in zip(neurons, layers, strict=True)) / sum(neurons)
        rates = {"firing_rate": rate, "firing_rate_layer_mean": mean(layers, "firing_rate")}
        return {"loss": loss, **decided, **rates, **errors(layers), "layers": layers}


def layer(record: Record, rate: float, error: float, rectified: float) -> dict[str, Any]:
    """One layer's figures by name."""
    figures = {"name": record.site.name, "neurons": record.neurons, "firing_rate": rate, "quantization_error": error}
    return (
        figures
        if record.quantization_error_rectified is None
        else figures | {"quantization_error_rectified": rectified}
    )


def errors(layers: list[dict[str, Any]]) -> dict[str, float]:
    """The layers' quantization errors averaged over the layers."""
    return {name: mean(layers, name) for name in layers[0] if name.startswith("quantization_error")}


def mean(layers: list[dict[str, Any]], name: str) -> float:
    """The plain mean over the layers of one of their figures."""
    return sum(entry[name] for entry in layers) / len(layers)
