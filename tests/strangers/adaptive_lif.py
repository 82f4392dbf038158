"""Adaptive LIF neuron: each spike raises the threshold for a while."""

from typing import Any

from torch import Tensor

from snnexp.neurons.base import Site
from snnexp.neurons.layers import Stepwise
from snnexp.ops.lif import spike
from snnexp.surrogates.base import Surrogate


class AdaptiveLif(Stepwise):
    """v_pre = decay v + x;  s = v_pre > v_threshold + beta a;  v = v_pre - v_threshold s;  a = rho a + s.

    Source: Bellec et al. 2018, LSNN.
    """

    def __init__(
        self, site: Site, surrogate: Surrogate, *, decay: float, v_threshold: float, beta: float, rho: float
    ) -> None:
        super().__init__(site, surrogate)
        self.decay, self.v_threshold, self.beta, self.rho = decay, v_threshold, beta, rho

    def step(self, x: Tensor, state: Any) -> tuple[Tensor, Tensor, Any]:
        v, a = (0.0, 0.0) if state is None else state
        v_pre = self.decay * v + x
        above = v_pre - self.beta * a  # what the resting threshold is compared with
        s = spike(above, self.v_threshold, self.surrogate)
        return above, s, (v_pre - self.v_threshold * s, self.rho * a + s)
