"""Leaky integrate-and-fire neuron with a constant leak."""

import math

from jaxtyping import Float
from torch import Tensor

from snnexp.errors import UserError
from snnexp.neurons.base import Site, SpikingLayer
from snnexp.ops.lif import LifOutput, Rectifier, Reset, check_reset, lif
from snnexp.surrogates.base import Surrogate


class Lif(SpikingLayer):
    """v_pre = decay v + b x, fire past `v_threshold`, hard or soft reset; `snnexp.ops.lif.reference` has the equations.

    `decay` is the factor per step (1: no leak), b is 1 - decay with `decay_input`, else 1.

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
        super().__init__(site, rectifier)
        check_neuron(decay, decay_input, v_threshold, reset, v_reset)
        self.decay: float | Tensor = decay
        self.decay_input = decay_input
        self.v_threshold = v_threshold
        self.strict = strict
        self.reset: Reset = reset
        self.v_reset = v_reset
        self.v_subtract = v_subtract
        self.detach_reset = detach_reset
        self.surrogate = surrogate

    def fire(self, x: Float[Tensor, "S N *feat"], T: int | None, return_v_pre: bool) -> LifOutput:
        return lif(
            x,
            T=T,
            decay=self.decay,
            decay_input=self.decay_input,
            v_threshold=self.v_threshold,
            strict=self.strict,
            reset=self.reset,
            v_reset=self.v_reset,
            v_subtract=self.v_subtract,
            detach_reset=self.detach_reset,
            surrogate=self.surrogate,
            rectifier=self.rectifier,
            return_v_pre=return_v_pre,
        )

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
