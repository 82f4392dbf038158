"""LIF neuron with batch norm of its potential before it fires."""

from typing import Any

from torch import Tensor

from snnexp.neurons.base import Site
from snnexp.neurons.layers import Stepwise
from snnexp.norms.layers import BatchNorm
from snnexp.ops.lif import spike
from snnexp.surrogates.base import Surrogate


class NormalizedLif(Stepwise):
    """v_pre = BN(decay v + x);  s = v_pre > v_threshold;  v = (decay v + x) (1 - s). Source: Guo et al. 2023, MPBN."""

    def __init__(self, site: Site, surrogate: Surrogate, *, decay: float, v_threshold: float) -> None:
        super().__init__(site, surrogate)
        self.decay, self.v_threshold = decay, v_threshold
        self.norm = BatchNorm(site.channels)

    def step(self, x: Tensor, state: Any) -> tuple[Tensor, Tensor, Any]:
        v = x if state is None else self.decay * state + x
        (v_pre,) = self.norm(v[None])
        s = spike(v_pre, self.v_threshold, self.surrogate)
        return v_pre, s, v * (1 - s)
