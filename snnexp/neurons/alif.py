"""Adaptive LIF neuron: each spike raises the threshold for a while."""

from jaxtyping import Float
from torch import Tensor

from snnexp.errors import require
from snnexp.neurons.base import Site
from snnexp.neurons.layers import Stepwise, check_decay, check_threshold
from snnexp.ops.lif import spike
from snnexp.surrogates.base import Surrogate

State = tuple[Tensor, Tensor]


class Alif(Stepwise):
    """The threshold rises by `beta` with each spike, and falls back to `v_threshold` by the factor `rho` a step.

        v_pre[t] = decay v[t-1] + x[t]
        s[t]     = v_pre[t] > v_threshold + beta a[t]
        v[t]     = v_pre[t] - v_threshold s[t]
        a[t+1]   = rho a[t] + s[t],   a[0] = 0

    Source: Bellec et al. 2020, e-prop, Methods. (The earlier LSNN, 2018, subtracts the raised threshold.)

    Raises:
        UserError: a constant out of range.
    """

    def __init__(
        self, site: Site, surrogate: Surrogate, *, decay: float, v_threshold: float, beta: float, rho: float
    ) -> None:
        super().__init__(site, surrogate)
        check_decay(decay)
        check_threshold(v_threshold)
        require(beta >= 0, f"neuron.beta={beta}: must not be negative")
        require(0 <= rho < 1, f"neuron.rho={rho}: must be at least 0 and below 1")
        self.decay, self.v_threshold, self.beta, self.rho = decay, v_threshold, beta, rho

    def step(self, x: Float[Tensor, "N *feat"], state: State | None) -> tuple[Tensor, Tensor, State]:
        v_pre, a = (x, x.new_zeros(())) if state is None else (self.decay * state[0] + x, state[1])
        above = v_pre - self.beta * a
        s = spike(above, self.v_threshold, self.surrogate)
        return above, s, (v_pre - self.v_threshold * s, self.rho * a + s)
