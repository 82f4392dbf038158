"""Complementary LIF neuron: a second potential makes the reset stronger for a neuron that fires often."""

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.neurons.base import Site
from snnexp.neurons.layers import Stepwise, check_decay, check_threshold
from snnexp.ops.lif import spike
from snnexp.surrogates.base import Surrogate

State = tuple[Tensor, Tensor]


class Clif(Stepwise):
    """LIF with a soft reset and a complementary potential m, which no constant of its own sets.

        v_pre[t] = decay v[t-1] + x[t]
        s[t]     = v_pre[t] >= v_threshold
        m[t]     = m[t-1] sigmoid((1 - decay) v_pre[t]) + s[t],   m[-1] = 0
        v[t]     = v_pre[t] - s[t] (v_threshold + sigmoid(m[t]))

    Source: Huang et al. 2024, arXiv 2402.04663 (1 - decay = 1 / tau); SpikingJelly, ComplementaryLIFNode.

    Raises:
        UserError: a constant out of range.
    """

    def __init__(self, site: Site, surrogate: Surrogate, *, decay: float, v_threshold: float) -> None:
        super().__init__(site, surrogate)
        check_decay(decay)
        check_threshold(v_threshold)
        self.decay, self.v_threshold = decay, v_threshold

    def step(self, x: Float[Tensor, "N *feat"], state: State | None) -> tuple[Tensor, Tensor, State]:
        v_pre, m = (x, x.new_zeros(())) if state is None else (self.decay * state[0] + x, state[1])
        s = spike(v_pre, self.v_threshold, self.surrogate, strict=False)
        m = m * torch.sigmoid((1 - self.decay) * v_pre) + s
        return v_pre, s, (v_pre - s * (self.v_threshold + torch.sigmoid(m)), m)
