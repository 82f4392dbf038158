"""What goes into the LIF operator and what comes out of it, whichever form computes it."""

import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

Reset = Literal["hard", "soft"]


@dataclass(frozen=True, kw_only=True)
class Constants:
    """What makes one LIF neuron differ from another; `snnexp.ops.lif.reference` has the equations.

    `decay` is the leak factor per step (1: no leak), a tensor where it is learned. The input is scaled by 1 - decay
    with `decay_input`. `strict` fires on >, else on >=. A hard reset is to `v_reset`, a soft one subtracts
    `v_subtract`; no gradient passes the spike of a reset with `detach_reset`, and none at all from a step to the one
    before with `detach_state`: it goes through space only (SLTT, Meng et al. 2023, arXiv 2302.14311).

    Raises:
        ValueError: an unknown reset, or `decay_input` with a reset value other than 0, which the equations do not
            cover.
    """

    decay: float | Float[Tensor, ""]
    decay_input: bool
    v_threshold: float
    strict: bool
    reset: Reset
    v_reset: float
    v_subtract: float
    detach_reset: bool
    detach_state: bool = False

    def __post_init__(self) -> None:
        if self.reset not in ("hard", "soft"):
            raise ValueError(f"reset={self.reset!r}: must be 'hard' or 'soft'")
        if self.decay_input and self.v_reset != 0:
            raise ValueError(f"v_reset={self.v_reset} with decay_input: set v_reset=0 or decay_input=false")


class Window(NamedTuple):
    """Where a surrogate passes a gradient: |v - threshold| <= half_width, for any of the thresholds.

    Without `half_width` it has no end that anyone knows of, and the share within is not a number.
    """

    thresholds: tuple[float, ...]
    half_width: float | None

    def share(self, v: Float[Tensor, "*shape"]) -> Float[Tensor, ""]:
        """Compute the share of potentials within, as the surrogate sees them: where there is a rectifier, behind it."""
        if self.half_width is None:
            return v.new_full((), math.nan)
        near = [(v - threshold).abs() <= self.half_width for threshold in self.thresholds]
        return functools.reduce(torch.logical_or, near).to(v.dtype).mean()


MEASURING: ContextVar[bool] = ContextVar("measuring", default=False)


@contextmanager
def measuring(wanted: bool = True) -> Iterator[None]:
    """Measure `LifOutput.potential` within the block where no gradient is needed, unless it is not `wanted`.

    Elsewhere nobody reads it, and it takes time: on a CPU up to a fifth of the neurons'.
    """
    token = MEASURING.set(wanted)
    try:
        yield
    finally:
        MEASURING.reset(token)


def measures() -> bool:
    """Return whether `LifOutput.potential` is measured; always while compiling, which drops what nobody reads."""
    return not torch.is_grad_enabled() and (torch.compiler.is_compiling() or MEASURING.get())


class LifOutput(NamedTuple):
    """Spikes of a layer over T steps and the statistics gathered on the way.

    `firing_rate` is spikes per neuron and time step. `quantization_error` is mean (v_pre - s)^2 with s a constant, and
    carries a gradient; `quantization_error_rectified` is mean (phi(v_pre) - s)^2, for the log only. `potential` is mean
    v_pre, mean v_pre^2 and the share of potentials within the `Window`, None unless it `measures`. `v`, which `stream`
    gives, is the potential behind the last step.
    """

    spikes: Float[Tensor, "T N *feat"]
    firing_rate: Float[Tensor, ""]
    quantization_error: Float[Tensor, ""]
    quantization_error_rectified: Float[Tensor, ""] | None = None
    potential: Float[Tensor, "3"] | None = None
    v_pre: Float[Tensor, "T N *feat"] | None = None
    v: Float[Tensor, "N *feat"] | None = None


class Rectifier(ABC):
    """A map phi of the potential inside the surrogate; it changes no spike.

    `cpp` and `cpp_derivative` state phi and phi' as C++ expressions in `u` (of type `real`), its module with `_kernel`
    behind its name states them in Triton; where a form is missing, the reference runs.
    """

    cpp: str | None = None
    cpp_derivative: str | None = None

    @abstractmethod
    def __call__(self, v_pre: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return phi(v_pre), element by element."""

    @abstractmethod
    def derivative(self, v_pre: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return phi'(v_pre), element by element."""
