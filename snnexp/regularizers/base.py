"""The three places at which a regularizer can take part; each is a no-op by default."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from snnexp.errors import UserError
from snnexp.neurons.base import Record, Site, SpikingLayer
from snnexp.ops.lif import Rectifier

GatedRole = Literal["stem", "inner", "output"]
Sites = Literal["all", "block_outputs"]


class Outputs(NamedTuple):
    """What a network gave for a batch; `progress` is epoch / epochs, epochs counted from 0."""

    logits: Float[Tensor, "N K"]
    targets: Int64[Tensor, "N"] | Float[Tensor, "N K"]
    records: Sequence[Record]
    progress: Float[Tensor, ""]


class Regularizer:
    """Base of all regularizers. `needs` names the tensors that its penalty reads from the records.

    They are "x" (the input current), "v_pre" and "spikes", each with a gradient.
    """

    needs: frozenset[str] = frozenset()
    is_binary: bool = False  # whether it is defined for spikes of 0 and 1 alone

    def check(self, neuron: SpikingLayer) -> None:
        """Refuse a neuron for which the method is not defined.

        Raises:
            UserError: naming the neuron's key, its value and what the method stands for.
        """
        if self.is_binary and neuron.levels != (0, 1):
            name, (least, largest) = type(self).__module__.rpartition(".")[2], neuron.levels
            fires = f"fires {least} to {largest}"
            raise UserError(f"neuron {type(neuron).__name__}: {fires}; {name} is defined for spikes of 0 and 1")

    def gate(self, site: Site) -> nn.Module | None:
        """Make a module that acts on the input current `[T, N, ...]` of the layer at `site`, or None."""
        return None

    def rectifier(self, site: Site) -> Rectifier | None:
        """Make a map of the potential inside the surrogate of the layer at `site`, or None."""
        return None

    def penalty(self, outputs: Outputs) -> Float[Tensor, ""] | None:
        """Compute a term of the training loss, or None."""
        return None

    def constants(self, progress: Float[Tensor, ""]) -> dict[str, float]:
        """Compute what the method sets in each epoch, by the names that the epoch's line has for it."""
        return {}

    def warnings(self, epochs: int) -> list[str]:
        """Say what makes the method do nothing in so many epochs: a `lambda` that is 0 in each of them."""
        progress = [torch.tensor(epoch / epochs, dtype=torch.float64) for epoch in range(epochs)]
        if any(self.constants(each).get("lambda", 1.0) for each in progress):
            return []
        name = type(self).__module__.rpartition(".")[2]
        remedy = "give it more epochs, another weight or another schedule"
        return [f"{name} does nothing, its lambda is 0 in every epoch; {remedy}"]


def at_sites(records: Sequence[Record], sites: Sites) -> list[Record]:
    """Select all records, or those of the layers that are not inside blocks."""
    return [record for record in records if sites == "all" or record.site.role != "inner"]


class Gating(Regularizer, ABC):
    """Gates the input current `[T, N, C, H, W]` of the layers whose role is in `sites`; the head's has no H and W.

    Raises:
        UserError: no site at all.
    """

    def __init__(self, *, sites: Sequence[GatedRole]) -> None:
        if not sites:
            name = type(self).__module__.rpartition(".")[2]
            raise UserError(f"regularizer.{name}.sites=[]: name one or more of stem, inner, output")
        self.sites = frozenset(sites)

    def gate(self, site: Site) -> nn.Module | None:
        return self.make_gate(site) if site.role in self.sites else None

    @abstractmethod
    def make_gate(self, site: Site) -> nn.Module:
        """Return the gate of one layer."""
