"""Histograms of the membrane potential before reset, or of the input current, over a whole test set."""

from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from snnexp.neurons.base import Record

LOW, HIGH, BINS = -3.0, 3.0, 100


class Potentials:
    """Counts of v_pre, or of x, per layer and channel: 100 bins in [-3, 3], and one beyond either end."""

    def __init__(self, tensor: Literal["v_pre", "x"] = "v_pre") -> None:
        self.tensor = tensor
        self.counts: dict[str, Int64[Tensor, "C bins"]] = {}

    @torch.no_grad()
    def add(self, records: Sequence[Record]) -> None:
        """Add a forward pass that was recorded with `recording({"v_pre"})`, or with `recording({"x"})`."""
        for record in records:
            values = record.v_pre if self.tensor == "v_pre" else record.x
            assert values is not None, f"record with needs={{{self.tensor!r}}}"
            name, counts = record.site.name, histogram(values)
            self.counts[name] = self.counts[name] + counts if name in self.counts else counts

    def density(self, name: str, channel: int | None = None) -> Float[Tensor, "bins"]:
        """Return the density over [-3, 3] of a layer's values or a channel's; what lies beyond counts as well."""
        counts = self.counts[name].double()
        counts = counts.sum(0) if channel is None else counts[channel]
        return counts[1:-1] / counts.sum() / ((HIGH - LOW) / BINS)


def histogram(values: Float[Tensor, "S N C *space"]) -> Int64[Tensor, "C bins"]:
    """Count per channel: below -3, 100 bins up to 3, and above; the bin's lower edge belongs to it."""
    channels = values.shape[2]
    offset = torch.arange(channels, device=values.device) * (BINS + 2)
    counts = torch.zeros(channels * (BINS + 2), dtype=torch.int64, device=values.device)
    for step in values:  # one at a time: the bins' numbers take twice the room of the values
        bins = ((step.float() - LOW) * (BINS / (HIGH - LOW))).floor().clamp(-1, BINS).long() + 1
        counts += torch.bincount((bins.movedim(1, -1) + offset).flatten(), minlength=len(counts))
    return counts.view(channels, BINS + 2)
