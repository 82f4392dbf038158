"""Histograms of the membrane potential before reset, over a whole test set."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from snnexp.neurons.base import Record

LOW, HIGH, BINS = -3.0, 3.0, 100


class Potentials:
    """Counts of v_pre per layer and channel: 100 bins in [-3, 3], and one beyond either end."""

    def __init__(self) -> None:
        self.counts: dict[str, Int64[Tensor, "C bins"]] = {}

    @torch.no_grad()
    def add(self, records: Sequence[Record]) -> None:
        """Add a forward pass that was recorded with `recording({"v_pre"})`."""
        for record in records:
            assert record.v_pre is not None, "record with needs={'v_pre'}"
            name, counts = record.site.name, histogram(record.v_pre)
            self.counts[name] = self.counts[name] + counts if name in self.counts else counts

    def density(self, name: str, channel: int | None = None) -> Float[Tensor, "bins"]:
        """Density over [-3, 3] of a layer's potentials or of one channel's; what lies beyond is counted as well."""
        counts = self.counts[name].double()
        counts = counts.sum(0) if channel is None else counts[channel]
        return counts[1:-1] / counts.sum() / ((HIGH - LOW) / BINS)


def histogram(v_pre: Float[Tensor, "T N C *space"]) -> Int64[Tensor, "C bins"]:
    """Counts per channel: below -3, 100 bins up to 3, and above; the bin's lower edge belongs to it."""
    channels = v_pre.shape[2]
    offset = torch.arange(channels, device=v_pre.device) * (BINS + 2)
    counts = torch.zeros(channels * (BINS + 2), dtype=torch.int64, device=v_pre.device)
    for step in v_pre:  # one at a time: the bins' numbers take twice the room of the potentials
        bins = ((step.float() - LOW) * (BINS / (HIGH - LOW))).floor().clamp(-1, BINS).long() + 1
        counts += torch.bincount((bins.movedim(1, -1) + offset).flatten(), minlength=len(counts))
    return counts.view(channels, BINS + 2)
