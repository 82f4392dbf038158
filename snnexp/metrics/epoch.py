"""Accuracy, loss and the layers' statistics over an epoch; numbers leave the device when requested, once."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from snnexp.metrics.base.classification import Classification
from snnexp.neurons.base import Record

LEFT_OUT = ("name", "neurons", "firing_rate")  # by `compute`, of the figures that it averages over the layers


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
        rows = torch.stack([statistics(record, loss) for record in records])
        self.samples += n
        self.decided.add(logits, y)
        self.loss = self.loss + loss.detach().double() * n
        self.statistics = self.statistics + rows.double() * n
        self.records = [r._replace(x=None, v_pre=None, spikes=None) for r in records]

    def merge(self, add_up: Callable[[Sequence[Tensor]], None]) -> None:
        """Take in what other processes saw; `add_up` makes tensors the sums of all processes'."""
        assert isinstance(self.loss, Tensor) and isinstance(self.statistics, Tensor)
        samples = torch.full((), self.samples, dtype=torch.float64, device=self.statistics.device)
        add_up([samples, self.loss, self.statistics, *self.decided.sums()])
        self.samples = int(samples)

    def compute(self) -> dict[str, Any]:
        """Return loss, what classification decides, firing_rate, firing_rate_layer_mean, quantization_error, layers.

        `firing_rate` is weighted by neurons (NASFR); `firing_rate_layer_mean` is the plain mean of the layers' rates,
        each of which is a LASFR. All are fractions. The others are means over layers; those that not every layer has
        are left out, as `quantization_error_rectified` where no rectifier is set.
        """
        assert isinstance(self.loss, Tensor) and isinstance(self.statistics, Tensor)
        loss, decided = (self.loss / self.samples).item(), self.decided.compute(self.samples)
        values = (self.statistics / self.samples).tolist()
        layers = complete([layer(record, *row) for record, row in zip(self.records, values, strict=True)])
        neurons = [record.neurons for record in self.records]
        rate = sum(m * entry["firing_rate"] for m, entry in zip(neurons, layers, strict=True)) / sum(neurons)
        rates = {"firing_rate": rate, "firing_rate_layer_mean": mean(layers, "firing_rate")}
        means = {name: mean(layers, name) for name in layers[0] if name not in LEFT_OUT}
        return {"loss": loss, **decided, **rates, **means, "layers": layers}


def statistics(record: Record, like: Tensor) -> Float[Tensor, "6"]:
    """Return what is summed of a layer, 0 for what it has not measured."""
    values = record.firing_rate, record.quantization_error, record.quantization_error_rectified
    single = torch.stack([torch.zeros_like(like) if value is None else value.detach() for value in values])
    return torch.cat([single, single.new_zeros(3) if record.potential is None else record.potential])


def layer(
    record: Record, rate: float, error: float, rectified: float, mean: float, square: float, share: float
) -> dict[str, Any]:
    """Compute one layer's figures by name, None for those that it has not.

    `window_share` is the share of potentials for which the surrogate passes a gradient, `v_pre_std` their standard
    deviation, and `spike_entropy` in bits is what a layer's spikes tell of its potentials, which decide them:

        H(s) = -p log2 p - (1 - p) log2(1 - p)          p the firing rate, of spikes of 0 and 1 alone

    p is the whole layer's, so that H(s) is no less than the mean over its neurons of their own.
    """
    variance = max(square - mean**2, 0.0)
    found: dict[str, Any] = {"name": record.site.name, "neurons": record.neurons}
    found |= {"firing_rate": rate, "quantization_error": error}
    found["quantization_error_rectified"] = None if record.quantization_error_rectified is None else rectified
    if record.potential is not None:
        found["window_share"] = None if math.isnan(share) else share
        found["v_pre_std"] = math.sqrt(variance)
        # in float32 the difference of squares has no digits below
        found["error_over_variance"] = error / variance if variance > 1e-5 * abs(square) else None
        found["spike_entropy"] = entropy(rate) if record.is_binary else None
    return found


def entropy(p: float) -> float:
    """Compute the entropy in bits of what is 1 with probability p, else 0."""
    return -sum((each * math.log2(each) for each in (p, 1 - p) if each > 0), 0.0)


def complete(layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the layers with those figures that all of them have."""
    names = [name for name in layers[0] if all(each.get(name) is not None for each in layers)]
    return [{name: each[name] for name in names} for each in layers]


def mean(layers: list[dict[str, Any]], name: str) -> float:
    """Return the plain mean over the layers of one of their figures."""
    return sum(entry[name] for entry in layers) / len(layers)
