"""LIF neuron with batch norm of its potential before it fires, folded into the threshold at inference (MPBN)."""

import logging

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.neurons.base import Site
from snnexp.neurons.layers import Stepwise, check_decay, check_threshold
from snnexp.norms.layers import BatchNorm
from snnexp.ops.layout import state_dtype
from snnexp.ops.lif import Constants, LifOutput, lif, spike
from snnexp.ops.lif.reference import measure
from snnexp.surrogates.base import Surrogate

log = logging.getLogger(__name__)


class MpbnLif(Stepwise):
    """LIF with a hard reset that fires on its normalised potential and carries on the potential itself.

        v_pre[t] = BN(decay v[t-1] + x[t])                  statistics of each step's batch, over (N, H, W)
        s[t]     = v_pre[t] > v_threshold
        v[t]     = (decay v[t-1] + x[t]) (1 - s[t])

    By running statistics BN is gamma (v - mean) / std + beta, and where gamma > 0 the neuron fires above the threshold

        theta = (v_threshold - beta) std / gamma + mean

    of its channel. Its state has no scale of its own, so where each theta of a layer is above 0, x v_threshold / theta
    makes the LIF operator with the one `v_threshold` fire the same spikes. Inference takes that; v_pre, and with it the
    quantization error, stays the normalised potential.

    Source: Guo et al. 2023, arXiv 2308.08359, and yfguo91/MPBN models/spike_layer.py. (SpikingJelly's MPBNLIFNode
    carries on the normalised potential in training, and the potential itself once it is folded.)

    Raises:
        UserError: a constant out of range.
    """

    def __init__(
        self, site: Site, surrogate: Surrogate, *, decay: float, v_threshold: float, momentum: float, eps: float
    ) -> None:
        super().__init__(site, surrogate)
        check_decay(decay)
        check_threshold(v_threshold)
        self.decay, self.v_threshold = decay, v_threshold
        self.norm = BatchNorm(site.channels, momentum=momentum, eps=eps)
        self.constants = Constants(
            decay=decay,
            decay_input=False,
            v_threshold=v_threshold,
            strict=True,
            reset="hard",
            v_reset=0.0,
            v_subtract=v_threshold,
            detach_reset=False,
        )
        self.has_told = False

    def step(self, x: Float[Tensor, "N C *feat"], state: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        v = x if state is None else self.decay * state + x
        (v_pre,) = self.normalize(v[None])
        s = spike(v_pre, self.v_threshold, self.surrogate)
        return v_pre, s, v * (1 - s)

    def normalize(self, v: Float[Tensor, "T N C *feat"]) -> Float[Tensor, "T N C *feat"]:
        """Apply batch norm to potentials, of layers without maps too."""
        return self.norm(v.view(*v.shape, *[1] * (5 - v.dim()))).view(v.shape)

    def fire(self, x: Float[Tensor, "S N C *feat"], *, T: int | None, return_v_pre: bool) -> LifOutput:
        # a gradient wants the surrogate at the normalised potential, and a graph that is traced knows no thresholds yet
        infers = self.norm.is_fixed and not torch.is_grad_enabled() and not torch.compiler.is_compiling()
        thresholds = self.thresholds() if infers else None
        if thresholds is None:
            return super().fire(x, T=T, return_v_pre=return_v_pre)
        scale = (self.v_threshold / thresholds).to(state_dtype(x)).view(-1, *[1] * (x.dim() - 3))
        out = lif(x.to(scale.dtype) * scale, self.constants, self.surrogate, T=T, return_v_pre=True)
        assert out.v_pre is not None
        v_pre = self.normalize(out.v_pre / scale)
        error = (v_pre - out.spikes).square().mean()
        out = out._replace(spikes=out.spikes.to(x.dtype), quantization_error=error)
        potential = measure(v_pre, v_pre, self.window) if out.potential is not None else None
        return out._replace(potential=potential, v_pre=v_pre if return_v_pre else None)

    def thresholds(self) -> Float[Tensor, " C"] | None:
        """Return what the potential of each channel is compared with; None, said once, where one cannot be folded."""
        norm = self.norm
        assert norm.running_mean is not None and norm.running_var is not None
        thresholds = (self.v_threshold - norm.bias) * (norm.running_var + norm.eps).sqrt() / norm.weight
        thresholds += norm.running_mean
        folds = (norm.weight > 0) & (thresholds > 0)
        if folds.all():
            return thresholds
        if not self.has_told:
            self.has_told = True
            some = f"{(~folds).sum().item()} of {len(folds)} channels have a scale or a threshold that is not above 0"
            log.info("%s: its norm stays beside the neuron at inference, %s", self.site.name, some)
        return None
