"""The two ways to state a neuron: by the constants of the LIF operator, or by one time step in PyTorch."""

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from jaxtyping import Float
from torch import Tensor

from snnexp.errors import UserError, require
from snnexp.neurons.base import Site, SpikingLayer
from snnexp.ops.lif import Constants, LifOutput, Rectifier, Reset, Window, lif
from snnexp.ops.scan import scan
from snnexp.surrogates.base import Surrogate


class LifLayer(SpikingLayer):
    """Charge, fire and reset over T steps by the LIF operator, with the constants that `snnexp.ops.lif.Constants` has.

    `detach_state` is no key but given by a kind of neuron, `snnexp.neurons.sltt_lif`.

    Raises:
        UserError: a constant out of range, or a combination the equations do not cover.
    """

    surrogate: Surrogate
    rectifier: Rectifier | None

    def __init__(
        self,
        site: Site,
        surrogate: Surrogate,
        rectifier: Rectifier | None = None,
        detach_state: bool = False,
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
        super().__init__(site)
        check_decay(decay)
        check_threshold(v_threshold)
        self.surrogate = surrogate
        self.rectifier = rectifier
        try:
            self.constants = Constants(
                decay=decay,
                decay_input=decay_input,
                v_threshold=v_threshold,
                strict=strict,
                reset=reset,
                v_reset=v_reset,
                v_subtract=v_subtract,
                detach_reset=detach_reset,
                detach_state=detach_state,
            )
        except ValueError as error:
            raise UserError(f"neuron.{error}") from None

    @property
    def v_threshold(self) -> float:
        return self.constants.v_threshold

    def leak(self) -> float | Float[Tensor, ""]:
        """Return the leak factor the operator is given: `decay`, unless a neuron has its own."""
        return self.constants.decay

    def fire(
        self,
        x: Float[Tensor, "S N *feat"],
        *,
        T: int | None,
        return_v_pre: bool,
        operator: Callable[..., LifOutput] = lif,
    ) -> LifOutput:
        """Compute spikes by `lif`, or by an `operator` in its place that computes the current from x as well."""
        leak = self.leak()
        constants = self.constants if leak is self.constants.decay else replace(self.constants, decay=leak)
        return operator(x, constants, self.surrogate, self.rectifier, T=T, return_v_pre=return_v_pre)

    lif_fire = fire

    def extra_repr(self) -> str:
        k = self.constants
        return f"{self.site.name}, decay={k.decay}, v_threshold={k.v_threshold}, reset={k.reset}"


class Stepwise(SpikingLayer):
    """A neuron stated by one time step: any state, in plain PyTorch, with autograd's gradient through time."""

    def __init__(self, site: Site, surrogate: Surrogate) -> None:
        super().__init__(site)
        self.surrogate = surrogate

    @abstractmethod
    def step(self, x: Float[Tensor, "N *feat"], state: Any) -> tuple[Tensor, Tensor, Any]:
        """Compute v_pre, spikes and the next state of one step's current and the last state, None at first.

        v_pre is the potential as `v_threshold` is compared with it: where the neuron's own threshold moves, what that
        moved by is taken off. `snnexp.ops.lif.spike` compares the two and has the surrogate's gradient. State is
        float32, float64 where x is.
        """

    @property
    def window(self) -> Window:
        """Return where its surrogate passes a gradient, in units of v_pre."""
        below = (-self.v_threshold,) if self.levels[0] < 0 else ()
        return Window((self.v_threshold, *below), self.surrogate.half_width)

    def fire(self, x: Float[Tensor, "S N *feat"], *, T: int | None, return_v_pre: bool) -> LifOutput:
        return scan(self.step, x, self.window, T=T, return_v_pre=return_v_pre)


def check_decay(decay: float) -> None:
    """Refuse a leak factor outside [0, 1]."""
    require(0 <= decay <= 1, f"neuron.decay={decay}: must lie in [0, 1]")


def check_threshold(v_threshold: float) -> None:
    """Refuse a threshold that is not above 0."""
    require(0 < v_threshold < math.inf, f"neuron.v_threshold={v_threshold}: must be above 0")
