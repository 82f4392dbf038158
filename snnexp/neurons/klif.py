"""KLIF neuron: a learned factor stretches the potential, and with it the surrogate gradient."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.neurons.base import Site
from snnexp.neurons.layers import Stepwise, check_decay, check_threshold
from snnexp.ops.lif import spike
from snnexp.surrogates.base import Surrogate


class Klif(Stepwise):
    """LIF with a hard reset whose potential passes max(0, k h), k learned from 1 on, one scalar a layer.

        h[t]     = decay v[t-1] + b x[t]          b = 1 - decay if decay_input else 1
        v_pre[t] = max(0, k h[t])
        s[t]     = v_pre[t] >= v_threshold
        v[t]     = v_pre[t] (1 - s[t])            divided by k with `scale_reset`

    Source: Jiang and Zhang 2023, arXiv 2302.09238; SpikingJelly, KLIFNode.

    Raises:
        UserError: a constant out of range.
    """

    def __init__(
        self,
        site: Site,
        surrogate: Surrogate,
        *,
        decay: float,
        decay_input: bool,
        v_threshold: float,
        scale_reset: bool,
    ) -> None:
        super().__init__(site, surrogate)
        check_decay(decay)
        check_threshold(v_threshold)
        self.decay, self.v_threshold, self.scale_reset = decay, v_threshold, scale_reset
        self.gain = 1 - decay if decay_input else 1.0
        self.k = nn.Parameter(torch.tensor(1.0))

    def step(self, x: Float[Tensor, "N *feat"], state: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        h = self.gain * x if state is None else self.decay * state + self.gain * x
        v_pre = torch.relu(self.k * h)
        s = spike(v_pre, self.v_threshold, self.surrogate, strict=False)
        v = v_pre * (1 - s)
        return v_pre, s, v / self.k if self.scale_reset else v
