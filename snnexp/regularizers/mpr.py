"""Membrane Potential Rectificator (InfLoR, ECCV 2022): reshapes the surrogate, changes no spike."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.errors import UserError
from snnexp.neurons.base import Site, SpikingLayer
from snnexp.ops.lif import Rectifier
from snnexp.regularizers.base import Regularizer
from snnexp.surrogates.rectangle import Rectangle

HALF_HEIGHT = 0.5 / math.tanh(1.5)


class Phi(Rectifier):
    """phi(v) = 1 - (1 - v)^(1/3) below 0, 1/2 + tanh(3 (v - 1/2)) / (2 tanh(3/2)) on [0, 1], v^(1/3) above 1.

    Monotone with phi(1/2) = 1/2, so a threshold of 1/2 sees the same spikes. Source: yfguo91/Re-Loss
    models/spike_layer.py, function MPR; the branch on [0, 1] is closed here, open there.
    """

    # exp has a vector form where tanh has none: tanh(y) = 1 - 2 / (exp(2 y) + 1), and 1 - tanh^2(y) = 4 sigma'(2 y).
    # Rounding must not carry the middle out of [0, 1]: the rectangle's edges lie at phi(0) and phi(1).
    cpp = (
        "select(u < 0, 1 - std::cbrt(1 - select(u < 0, u, 0)), select(u > 1, std::cbrt(select(u > 1, u, 1)), "
        f"std::max(std::min(real(0.5) + real({HALF_HEIGHT!r}) * (1 - 2 / (std::exp(6 * (u - real(0.5))) + 1)), "
        "real(1)), real(0))))"
    )
    # Outside [0, 1] the rectangle is 0, so the cube roots' slopes never count; 0 keeps them finite.
    cpp_derivative = f"select(u >= 0 && u <= 1, real({12 * HALF_HEIGHT!r}) * logistic_slope(6 * (u - real(0.5))), 0)"

    def __call__(self, v_pre: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        below = 1 - (1 - v_pre.clamp(max=0)).pow(1 / 3)
        above = v_pre.clamp(min=1).pow(1 / 3)
        middle = 0.5 + HALF_HEIGHT * torch.tanh(3 * (v_pre - 0.5))
        return torch.where(v_pre < 0, below, torch.where(v_pre > 1, above, middle))

    def derivative(self, v_pre: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return phi' on [0, 1], and 0 outside, where the surrogate is 0 as well."""
        middle = 3 * HALF_HEIGHT * (1 - torch.tanh(3 * (v_pre - 0.5)).square())
        return torch.where((v_pre >= 0) & (v_pre <= 1), middle, 0.0)


class Mpr(Regularizer):
    """Puts phi inside the surrogate of every spiking layer: ds/dv_pre = rectangle(phi(v_pre) - 1/2) phi'(v_pre).

    That is the tanh surrogate with k = 3, of yfguo91/IM-Loss.

    Raises:
        UserError: from `check`, for a threshold other than 0.5 or a surrogate other than the rectangle of width 1.
    """

    def check(self, neuron: SpikingLayer) -> None:
        if neuron.v_threshold != 0.5:
            raise UserError(f"neuron.v_threshold={neuron.v_threshold}: mpr is defined for a threshold of 0.5")
        if neuron.surrogate != Rectangle(width=1.0):
            raise UserError(f"surrogate={neuron.surrogate}: mpr is defined for surrogate=rectangle with width=1.0")

    def rectifier(self, site: Site) -> Phi:
        return Phi()
