"""RMP-Loss (ICCV 2023): pulls membrane potentials towards the spike values 0 and 1."""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.errors import UserError, require
from snnexp.neurons.base import Record, SpikingLayer
from snnexp.ops.layout import state_dtype
from snnexp.regularizers.base import Outputs, Regularizer, Sites, at_sites

SCHEDULES = {
    "triangle": lambda p: 2 * torch.minimum(p, 1 - p),
    "linear": lambda p: p,
    "constant": torch.ones_like,
}
TARGETS = {"spikes": (0.0, 1.0), "zero": (0.0,), "threshold": (0.5,), "quarters": (0.25, 0.75)}


class Rmp(Regularizer):
    """lambda(progress) L_RMP with L_RMP = mean over layers of mean (min(|v|, |1 - v|))^2, v the potential `v_pre`.

    With a threshold of 1/2 that mean is the layer's quantization error, so the loss is the logged metric.
    `schedule`: triangle rises to `weight` at mid-training and falls to 0, linear rises to `weight`, constant is
    `weight`. `sites`: all layers, or all but those inside blocks. `tensor`: the potential, or the input current x as
    in the authors' early code. `target`: the spike values, as published, or for a control what else potentials are
    pulled to, the nearest of it: 0, the threshold, or 1/4 and 3/4. Source: arXiv 2308.06787, recalled and not verified.

    Raises:
        UserError: a negative weight, an unknown choice; from `check`, a threshold other than 0.5.
    """

    is_binary = True

    def __init__(
        self,
        *,
        weight: float,
        schedule: Literal["triangle", "linear", "constant"],
        sites: Sites,
        tensor: Literal["v_pre", "x"],
        target: Literal["spikes", "zero", "threshold", "quarters"],
    ) -> None:
        require(weight >= 0, f"regularizer.rmp.weight={weight}: must not be negative")
        self.weight = weight
        self.schedule = SCHEDULES[schedule]
        self.sites: Sites = sites
        self.tensor = tensor
        self.targets = TARGETS[target]
        # the distance of potentials to the spikes is at hand, computed by the operator
        self.is_at_hand = tensor == "v_pre" and target == "spikes"
        self.needs = frozenset() if self.is_at_hand else frozenset({tensor})

    def check(self, neuron: SpikingLayer) -> None:
        super().check(neuron)
        if neuron.v_threshold != 0.5:
            raise UserError(f"neuron.v_threshold={neuron.v_threshold}: rmp is defined for a threshold of 0.5")

    def penalty(self, outputs: Outputs) -> Float[Tensor, ""]:
        errors = [self.error(record) for record in at_sites(outputs.records, self.sites)]
        return self.strength(outputs.progress) * torch.stack(errors).mean()

    def constants(self, progress: Float[Tensor, ""]) -> dict[str, float]:
        return {"lambda": self.strength(progress).item()}

    def strength(self, progress: Float[Tensor, ""]) -> Float[Tensor, ""]:
        """Return lambda(progress)."""
        return self.weight * self.schedule(progress)

    def error(self, record: Record) -> Float[Tensor, ""]:
        """Compute L_RMP of one layer."""
        if self.is_at_hand:
            return record.quantization_error
        pulled = record.x if self.tensor == "x" else record.v_pre
        assert pulled is not None
        pulled = pulled.to(state_dtype(pulled))  # a current is in bfloat16 where that computes it
        return torch.stack([(pulled - target).abs() for target in self.targets]).amin(0).square().mean()
