"""LIF neuron with ternary spikes: it fires -1 as well."""

from jaxtyping import Float
from torch import Tensor

from snnexp.neurons.base import Site
from snnexp.neurons.layers import Stepwise, check_decay, check_threshold
from snnexp.ops.lif import spike
from snnexp.surrogates.base import Surrogate


class TernaryLif(Stepwise):
    """LIF with a hard reset and spikes in {-1, 0, 1}.

        v_pre[t] = decay v[t-1] + x[t]
        s[t]     = 1 if v_pre[t] >= v_threshold,  -1 if v_pre[t] <= -v_threshold,  else 0
        v[t]     = v_pre[t] (1 - |s[t]|)

    Each threshold has the surrogate's gradient of its own; a window that reaches 0 counts twice there. The firing rate
    counts spikes of either sign, the quantization error is mean (v_pre - s)^2, and a product with -1 is an accumulation
    as one with 1.

    Source: Guo et al. 2024, arXiv 2312.06372, without its trained amplitude; SpikingJelly, TernaryLIFNode.

    Raises:
        UserError: a constant out of range.
    """

    levels = -1, 1

    def __init__(self, site: Site, surrogate: Surrogate, *, decay: float, v_threshold: float) -> None:
        super().__init__(site, surrogate)
        check_decay(decay)
        check_threshold(v_threshold)
        self.decay, self.v_threshold = decay, v_threshold

    def step(self, x: Float[Tensor, "N *feat"], state: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        v_pre = x if state is None else self.decay * state + x
        up, down = (spike(v, self.v_threshold, self.surrogate, strict=False) for v in (v_pre, -v_pre))
        return v_pre, up - down, v_pre * (1 - (up + down))
