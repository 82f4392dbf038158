"""Fractional-order LIF neuron: its leak remembers the whole past of the potential."""

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.errors import UserError, require
from snnexp.neurons.base import Site
from snnexp.neurons.layers import Stepwise, check_threshold
from snnexp.ops.lif import spike
from snnexp.surrogates.base import Surrogate


class FractionalLif(Stepwise):
    """tau d^order v / dt^order = x - v by Gruenwald-Letnikov differences of one step, with a soft reset.

        v_pre[t] = (x[t] - v[t-1]) / tau - sum_{k=1..memory} c_k v[t-k]
        c_0 = 1,   c_k = c_{k-1} (1 - (1 + order) / k)
        s[t]     = v_pre[t] >= v_threshold
        v[t]     = v_pre[t] - v_threshold s[t]

    Without a `memory` the sum reaches back to the first step. Order 1 is the LIF neuron of decay 1 - 1 / tau with
    `decay_input`. Below the threshold its impedance is

        Z(omega) = 1 / (tau (1 - e^(-j omega))^order + e^(-j omega)),

    which tends to 1 / (1 + tau (j omega)^order) as omega falls. `detach_reset` cuts the gradient through the reset.

    Source: Ge et al. 2026, f-SNN, and PhysAGI/spikeDE spikeDE/neuron.py, LIFNeuronFDE.

    Raises:
        UserError: a constant out of range; for tau below 2^-order the potential swings without a bound.
    """

    weights: Tensor

    def __init__(
        self,
        site: Site,
        surrogate: Surrogate,
        *,
        order: float,
        tau: float,
        v_threshold: float,
        memory: int | None,
        detach_reset: bool,
    ) -> None:
        super().__init__(site, surrogate)
        check_threshold(v_threshold)
        require(0 < order <= 1, f"neuron.order={order}: must be above 0 and at most 1")
        if not tau >= 2**-order:
            least = f"{2**-order:.3g} (2^-order)"
            raise UserError(f"neuron.tau={tau}: must be at least {least}; below it the potential diverges")
        require(memory is None or memory >= 1, f"neuron.memory={memory}: must be at least 1 step, or null for all")
        self.order, self.tau, self.v_threshold, self.detach_reset = order, tau, v_threshold, detach_reset
        self.memory = site.T if memory is None else min(memory, site.T)
        self.register_buffer("weights", past_weights(order, tau, self.memory), persistent=False)

    def step(
        self, x: Float[Tensor, "N *feat"], state: Float[Tensor, "K N *feat"] | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        v_pre = x / self.tau
        if state is not None:
            # neither a matrix product, which autocast would round to bfloat16, nor one that rounds to TF32
            weights = self.weights[: len(state)].to(v_pre.dtype).view(-1, *[1] * x.dim())
            v_pre = v_pre + (weights * state).sum(0)
        s = spike(v_pre, self.v_threshold, self.surrogate, strict=False)
        v = (v_pre - self.v_threshold * (s.detach() if self.detach_reset else s))[None]
        return v_pre, s, v if state is None else torch.cat([v, state])[: self.memory]


def past_weights(order: float, tau: float, steps: int) -> Float[Tensor, " K"]:
    """Return what v[t-1], v[t-2], ... count in v_pre[t]: -c_k, and -1 / tau more at k = 1."""
    k = torch.arange(1, steps + 1, dtype=torch.float64)
    weights = -torch.cumprod(1 - (1 + order) / k, 0)
    weights[0] -= 1 / tau
    return weights
