"""What every spiking layer has in common: its place in the network and the record it leaves."""

from abc import ABC, abstractmethod
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.ops.lif import LifOutput, Rectifier
from snnexp.surrogates.base import Surrogate

Role = Literal["stem", "inner", "output", "head"]


@dataclass(frozen=True)
class Site:
    """Where a spiking layer stands: `index` counts spiking layers from 0 in forward order.

    `role`: stem (before the blocks), inner (within a block), output (a block's last), head (after the last pooling).
    """

    name: str
    index: int
    channels: int
    T: int
    role: Role


class Record(NamedTuple):
    """One layer's statistics in one forward pass; `x` and `v_pre` only where a regularizer asked for them."""

    site: Site
    firing_rate: Float[Tensor, ""]
    quantization_error: Float[Tensor, ""]
    quantization_error_rectified: Float[Tensor, ""] | None
    neurons: int
    x: Float[Tensor, "S N *feat"] | None = None
    v_pre: Float[Tensor, "T N *feat"] | None = None


@dataclass
class Recorder:
    """Collects the records of one forward pass; `needs` names the tensors they must hold."""

    needs: frozenset[str] = frozenset()
    records: list[Record] = field(default_factory=list)


RECORDER: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


class SpikingLayer(nn.Module, ABC):
    """Charge, fire and reset over T steps. State begins at 0 in each forward pass and does not outlive it."""

    v_threshold: float
    surrogate: Surrogate

    def __init__(self, site: Site, rectifier: Rectifier | None) -> None:
        super().__init__()
        self.site = site
        self.rectifier = rectifier

    @abstractmethod
    def fire(self, x: Float[Tensor, "S N *feat"], T: int | None, return_v_pre: bool) -> LifOutput:
        """Run the neuron's operator."""

    def forward(self, x: Float[Tensor, "S N *feat"], T: int | None = None) -> Float[Tensor, "T N *feat"]:
        """Spikes of the input current x; a static current of one step is given with `T`."""
        recorder = RECORDER.get()
        needs = recorder.needs if recorder else frozenset()
        out = self.fire(x, T, "v_pre" in needs)
        if recorder is not None:
            current = x if "x" in needs else None
            statistics = out.firing_rate, out.quantization_error, out.quantization_error_rectified
            recorder.records.append(Record(self.site, *statistics, x[0, 0].numel(), current, out.v_pre))
        return out.spikes
