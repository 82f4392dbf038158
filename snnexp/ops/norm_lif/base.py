"""What comes out of normalisation and neuron as one operator, whichever form computes it."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from snnexp.ops.lif.base import LifOutput


class Statistics(NamedTuple):
    """Of a batch, per channel over (T, N, H, W): mean, biased variance and 1 / sqrt(var + eps)."""

    mean: Float[Tensor, "C"]
    var: Float[Tensor, "C"]
    inverse: Float[Tensor, "C"]


class NormLifOutput(NamedTuple):
    """The layer's output and, where it normalised by the batch's own statistics, these (without a gradient)."""

    lif: LifOutput
    statistics: Statistics | None
