"""The neuron of LTMD: the threshold of each layer is learned."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.errors import require
from snnexp.neurons.base import Site
from snnexp.neurons.layers import Stepwise, check_decay
from snnexp.ops.lif import spike
from snnexp.surrogates.base import Surrogate


class LtmdLif(Stepwise):
    """LIF with a hard reset and the threshold tanh(w), w learned, one scalar a layer.

        v_pre[t] = decay v[t-1] + x[t]
        s[t]     = v_pre[t] > tanh(w)
        v[t]     = v_pre[t] (1 - s[t])

    `v_threshold` is where it begins. The potential that is recorded is v_pre less what the threshold has moved by.

    Source: Wang et al. 2022, LTMD, learnable thresholding, and sq117/LTMD cifar10/layersnew.py.

    Raises:
        UserError: a constant out of range, as a threshold that no tanh gives.
    """

    def __init__(self, site: Site, surrogate: Surrogate, *, decay: float, v_threshold: float) -> None:
        super().__init__(site, surrogate)
        check_decay(decay)
        require(0 < v_threshold < 1, f"neuron.v_threshold={v_threshold}: must lie between 0 and 1 for ltmd_lif")
        self.decay, self.v_threshold = decay, v_threshold
        self.w = nn.Parameter(torch.tensor(math.atanh(v_threshold)))

    def step(self, x: Float[Tensor, "N *feat"], state: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        v_pre = x if state is None else self.decay * state + x
        compared = v_pre - (torch.tanh(self.w) - self.v_threshold)
        s = spike(compared, self.v_threshold, self.surrogate)
        return compared, s, v_pre * (1 - s)
