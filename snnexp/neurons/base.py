"""What every spiking layer has in common: its place in the network and the record it leaves."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from jaxtyping import Float
from torch import Tensor, nn

from snnexp.errors import UserError
from snnexp.ops.lif import LifOutput, Rectifier, Reset, check_reset, lif
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
    """Charge, fire and reset over T steps; `snnexp.ops.lif.reference` has the equations.

    State begins at 0 in each forward pass and does not outlive it. `decay` is the leak factor per step (1: no leak);
    the input is scaled by 1 - decay with `decay_input`. `strict` fires on >, else on >=.

    Raises:
        UserError: a constant out of range, or a combination the equations do not cover.
    """

    def __init__(
        self,
        site: Site,
        surrogate: Surrogate,
        rectifier: Rectifier | None = None,
        *,
        decay: float,
        decay_input: bool,
        v_threshold: float,
        strict: bool,
        reset: Reset,
        v_reset: float,
        v_subtract: float,
        detach_reset: bool,
    ) -> None:
        super().__init__()
        check_neuron(decay, decay_input, v_threshold, reset, v_reset)
        self.site = site
        self.surrogate = surrogate
        self.rectifier = rectifier
        self.decay = decay
        self.decay_input = decay_input
        self.v_threshold = v_threshold
        self.strict = strict
        self.reset: Reset = reset
        self.v_reset = v_reset
        self.v_subtract = v_subtract
        self.detach_reset = detach_reset

    @property
    def is_lif(self) -> bool:
        """Whether it computes the LIF operator and no more: neither a subclass nor anyone later replaced `forward`."""
        return getattr(self.forward, "__func__", None) is SpikingLayer.forward

    @abstractmethod
    def leak(self) -> float | Float[Tensor, ""]:
        """The leak factor the operator is given."""

    def forward(
        self, x: Float[Tensor, "S N *feat"], T: int | None = None, operator: Callable[..., LifOutput] = lif
    ) -> Float[Tensor, "T N *feat"]:
        """Spikes of the input current x; a static current of one step is given with `T`.

        An `operator` in place of `lif` may compute the current from x as well.
        """
        recorder = RECORDER.get()
        needs = recorder.needs if recorder else frozenset()
        out = operator(
            x,
            T=T,
            decay=self.leak(),
            decay_input=self.decay_input,
            v_threshold=self.v_threshold,
            strict=self.strict,
            reset=self.reset,
            v_reset=self.v_reset,
            v_subtract=self.v_subtract,
            detach_reset=self.detach_reset,
            surrogate=self.surrogate,
            rectifier=self.rectifier,
            return_v_pre="v_pre" in needs,
        )
        if recorder is not None:
            current = x if "x" in needs else None
            statistics = out.firing_rate, out.quantization_error, out.quantization_error_rectified
            recorder.records.append(Record(self.site, *statistics, x[0, 0].numel(), current, out.v_pre))
        return out.spikes

    def extra_repr(self) -> str:
        return f"{self.site.name}, decay={self.decay}, v_threshold={self.v_threshold}, reset={self.reset}"


def check_neuron(decay: float, decay_input: bool, v_threshold: float, reset: Reset, v_reset: float) -> None:
    """Refuse constants out of range.

    Raises:
        UserError: naming the key, its value and what it must be.
    """
    if not 0 <= decay <= 1:
        raise UserError(f"neuron.decay={decay}: must lie in [0, 1]")
    if not (v_threshold > 0 and math.isfinite(v_threshold)):
        raise UserError(f"neuron.v_threshold={v_threshold}: must be above 0")
    try:
        check_reset(reset, decay_input, v_reset)
    except ValueError as error:
        raise UserError(f"neuron.{error}") from None
