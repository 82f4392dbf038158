"""The neuron of Diet-SNN: leak and threshold of each layer are learned."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.neurons.base import Site
from snnexp.neurons.layers import Stepwise, check_decay, check_threshold
from snnexp.ops.lif import Window, spike
from snnexp.surrogates.base import Surrogate

State = tuple[Tensor, Tensor]


class DietLif(Stepwise):
    """LIF with a soft reset, whose leak lambda and threshold theta are learned, one scalar each a layer.

        v_pre[t] = lambda v_pre[t-1] + x[t] - theta s[t-1]
        s[t]     = v_pre[t] / theta > 1

    The surrogate is taken at v_pre / theta - 1. `decay` and `v_threshold` are where lambda and theta begin; nothing
    bounds them, as published. `detach_reset` cuts the gradient through the s of the reset. The potential that is
    recorded is v_pre v_threshold / theta.

    Source: Rathi and Roy 2021, arXiv 2008.03658; nitin-rathi/DIET-SNN self_models/vgg_spiking.py, which compares before
    it adds the current, so that a spike leaves a step later.

    Raises:
        UserError: a constant out of range.
    """

    def __init__(
        self, site: Site, surrogate: Surrogate, *, decay: float, v_threshold: float, detach_reset: bool
    ) -> None:
        super().__init__(site, surrogate)
        check_decay(decay)
        check_threshold(v_threshold)
        self.v_threshold, self.detach_reset = v_threshold, detach_reset
        self.leak = nn.Parameter(torch.tensor(decay))
        self.threshold = nn.Parameter(torch.tensor(v_threshold))

    @property
    def window(self) -> Window:
        """The window of potentials in units of `v_threshold`; the surrogate sees those in units of theta."""
        width = self.surrogate.half_width
        return Window((self.v_threshold,), None if width is None else width * self.v_threshold)

    def step(self, x: Float[Tensor, "N *feat"], state: State | None) -> tuple[Tensor, Tensor, State]:
        u = x / self.threshold  # v_pre / theta
        if state is not None:
            u = self.leak * state[0] + u - state[1]
        s = spike(u, 1.0, self.surrogate)
        return u * self.v_threshold, s, (u, s.detach() if self.detach_reset else s)
