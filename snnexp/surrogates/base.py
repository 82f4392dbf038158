"""What every surrogate gradient offers to the LIF operator."""

from abc import ABC, abstractmethod

from jaxtyping import Float
from torch import Tensor

from snnexp.errors import UserError


class Surrogate(ABC):
    """Derivative of the spike by z = v_pre - v_threshold, as a function of z.

    `cpp` states the same function as a C++ expression in `z` (of type `real`); the compiled operator inlines it
    (`snnexp/ops/base/neuron.cpp` has `select` and `logistic_slope` to write it with).
    """

    cpp: str

    @abstractmethod
    def __call__(self, z: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Gradient ds/dv_pre at z, element by element."""


def require_positive(name: str, value: float) -> None:
    """Raise `UserError` unless `value` is above 0."""
    if not value > 0:
        raise UserError(f"{name}={value}: must be above 0")
