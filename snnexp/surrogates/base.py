"""What every surrogate gradient offers to the LIF operator."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

WINDOW = 0.5  # half the width of what `tanh_window` leaves


class Surrogate(ABC):
    """Derivative of the spike by z = v_pre - v_threshold, as a function of z.

    `cpp` states the same function as a C++ expression in `z` (of type `real`); the compiled operator inlines it
    (`snnexp/ops/base/neuron.cpp` has `select` and `logistic_slope` to write it with). On CUDA the module with
    `_kernel` behind its name states it in Triton. Where a form is missing, or is that of a parent whose `__call__` was
    replaced, the reference runs.

    `progress`, epoch / epochs with epochs counted from 0, is there for one that changes over a training, which has no
    other form than the reference. `half_width` is the |z| beyond which it is 0, for the share of potentials within;
    None where it has no end.
    """

    cpp: str | None = None
    half_width: float | None = None
    progress: Float[Tensor, ""] | float = 0.0

    def follow(self, progress: Float[Tensor, ""]) -> None:
        """Take `progress` from a tensor that the training changes in place."""
        object.__setattr__(self, "progress", progress)  # surrogates are frozen

    @abstractmethod
    def __call__(self, z: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return the gradient ds/dv_pre at z, element by element."""


def tanh_window(
    z: Float[Tensor, "*shape"], k: Float[Tensor, ""] | float, height: Float[Tensor, ""] | float
) -> Float[Tensor, "*shape"]:
    """Compute height sech^2(k z) for |z| <= `WINDOW`, else 0."""
    slope = (1 - torch.tanh(k * z).square()) * height
    return torch.where(z.abs() <= WINDOW, slope, 0.0)
