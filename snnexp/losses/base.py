"""What a loss is given: the mean over T of the network's outputs, or its output at each step."""

from abc import ABC, abstractmethod

from jaxtyping import Float, Int64
from torch import Tensor

Targets = Int64[Tensor, "N"] | Float[Tensor, "N K"]


class Loss(ABC):
    """A term of the training loss from a batch's logits; from those of each step where `per_step` says so.

    Targets are classes, or a weight for each class. `progress` is epoch / epochs, epochs counted from 0.
    """

    per_step = False

    @abstractmethod
    def __call__(self, logits: Float[Tensor, "*T N K"], y: Targets, progress: Float[Tensor, ""]) -> Float[Tensor, ""]:
        """Compute the mean over the batch."""
