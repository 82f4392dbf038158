"""Fractional-order LIF neuron: its leak remembers the whole past of the potential."""

from typing import Any

from torch import Tensor

from snnexp.neurons.base import Site
from snnexp.neurons.layers import Stepwise
from snnexp.ops.lif import spike
from snnexp.surrogates.base import Surrogate


class MyFractionalLif(Stepwise):
    """tau d^order v / dt^order = x - v by Gruenwald-Letnikov's differences, with a soft reset.

    v_pre[t] = (x[t] - v[t-1]) / tau - sum_{k >= 1} c_k v[t-k],    c_0 = 1,  c_k = c_{k-1} (1 - (1 + order) / k)
    """

    def __init__(self, site: Site, surrogate: Surrogate, *, order: float, tau: float, v_threshold: float) -> None:
        super().__init__(site, surrogate)
        self.order, self.tau, self.v_threshold = order, tau, v_threshold

    def step(self, x: Tensor, state: Any) -> tuple[Tensor, Tensor, Any]:
        past, c, v_pre = state or (), 1.0, x / self.tau
        for k, v in enumerate(reversed(past), 1):
            c *= 1 - (1 + self.order) / k
            v_pre = v_pre - (c + (1 / self.tau if k == 1 else 0.0)) * v
        s = spike(v_pre, self.v_threshold, self.surrogate)
        return v_pre, s, (*past, v_pre - self.v_threshold * s)
