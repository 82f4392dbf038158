"""What comes out of normalisation and neuron as one operator, whichever form computes it."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.ops.lif.base import LifOutput


class Statistics(NamedTuple):
    """Of a batch, per channel over (T, N, H, W): mean, biased variance and 1 / sqrt(var + eps)."""

    mean: Float[Tensor, "C"]
    var: Float[Tensor, "C"]
    inverse: Float[Tensor, "C"]


class Running(NamedTuple):
    """Running statistics, which each batch moves in place: r += momentum (found - r), with the unbiased variance."""

    mean: Float[Tensor, "C"]
    var: Float[Tensor, "C"]
    momentum: float

    def move(self, found: Statistics, n: int) -> None:
        """Move towards those of n values a channel.

        Raises:
            ValueError: one value, which has no variance.
        """
        both = [found.mean, unbiased(n) * found.var]
        torch._foreach_lerp_([self.mean, self.var], both, self.momentum)  # pyright: ignore[reportPrivateImportUsage]


def unbiased(n: int) -> float:
    """Return n / (n - 1), the unbiased variance of n values over the biased one.

    Raises:
        ValueError: one value, which has no variance.
    """
    if n < 2:
        raise ValueError(f"{n} value for a channel: statistics of a batch need more; take a larger batch")
    return n / (n - 1)


class NormLifOutput(NamedTuple):
    """The layer's output and, where it normalised by the batch's own statistics, these (without a gradient)."""

    lif: LifOutput
    statistics: Statistics | None
