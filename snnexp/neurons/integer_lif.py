"""I-LIF: a neuron that may fire several spikes in a step."""

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.errors import require
from snnexp.neurons.base import Site
from snnexp.neurons.layers import Stepwise, check_decay, check_threshold
from snnexp.ops.lif import Window, spike
from snnexp.surrogates.base import Surrogate


class IntegerLif(Stepwise):
    """LIF with a soft reset and whole numbers of spikes, up to `largest` in a step.

        v_pre[t] = decay v[t-1] + x[t]
        s[t]     = how many n of 1 .. largest have v_pre[t] > (2 n - 1) v_threshold
        v[t]     = v_pre[t] - 2 v_threshold s[t]

    At v_threshold 1/2 that is s = round(clip(v_pre, 0, largest)), halves rounded down where torch rounds to even. Each
    threshold has the surrogate's gradient of its own: rectangles of width 1 make up the published one, 1 on
    [0, largest], but for the points at which two of them meet. `detach_reset` cuts the gradient through the s of the
    reset. With a `largest` of 1 it is LIF that subtracts 2 v_threshold.

    The firing rate counts spikes, so it may exceed 1; the quantization error is mean (v_pre - s)^2; a product with s
    counts as s accumulations.

    Source: Luo et al. 2024, arXiv 2407.20708, as SpikingJelly has it, ILIFNode (whose v_threshold is twice this one).

    Raises:
        UserError: a constant out of range.
    """

    def __init__(
        self,
        site: Site,
        surrogate: Surrogate,
        *,
        decay: float,
        v_threshold: float,
        largest: int,
        detach_reset: bool,
    ) -> None:
        super().__init__(site, surrogate)
        check_decay(decay)
        check_threshold(v_threshold)
        require(largest >= 1, f"neuron.largest={largest}: must be at least 1 spike")
        self.decay, self.v_threshold, self.detach_reset = decay, v_threshold, detach_reset
        self.levels = 0, largest

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Return what the potential is compared with, for the first spike to the last."""
        return tuple((2 * n + 1) * self.v_threshold for n in range(self.levels[1]))

    @property
    def window(self) -> Window:
        return Window(self.thresholds, self.surrogate.half_width)

    def step(self, x: Float[Tensor, "N *feat"], state: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        v_pre = x if state is None else self.decay * state + x
        s = torch.stack([spike(v_pre, threshold, self.surrogate) for threshold in self.thresholds]).sum(0)
        return v_pre, s, v_pre - 2 * self.v_threshold * (s.detach() if self.detach_reset else s)
