"""Normalisation and neuron in plain PyTorch: the specification of the fused form."""

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.ops.layout import state_dtype
from snnexp.ops.lif import reference
from snnexp.ops.lif.base import Constants, Rectifier
from snnexp.ops.norm_lif.base import NormLifOutput, Running, Statistics
from snnexp.surrogates.base import Surrogate


def norm_lif(
    x: Float[Tensor, "S N C *space"],
    constants: Constants,
    surrogate: Surrogate,
    rectifier: Rectifier | None = None,
    *,
    weight: Float[Tensor, "C"],
    bias: Float[Tensor, "C"],
    scale: float = 1.0,
    eps: float = 1e-5,
    running: Running | None = None,
    statistics: tuple[Float[Tensor, "C"], Float[Tensor, "C"]] | None = None,
    residual: Float[Tensor, "S N C *space"] | None = None,
    T: int | None = None,
    return_v_pre: bool = False,
) -> NormLifOutput:
    """Compute LIF of y = (x - mean) (inverse scale weight) + bias + residual, in the neuron's float32 (float64).

    mean and inverse = 1 / sqrt(var + eps) are those of the batch, per channel over (S, N, space), which then move the
    `running` ones, or the given `statistics`. With `T`, x and the residual are one step that stands for T equal ones.

    Raises:
        ValueError: as `snnexp.ops.lif.reference.lif`, and where `running` is to move by one value a channel.
    """
    shape = (-1, *[1] * (x.ndim - 3))
    wide, own = x.to(state_dtype(x)), None
    if statistics is None:
        var, mean = torch.var_mean(wide, dim=[d for d in range(x.ndim) if d != 2], correction=0)
        statistics = mean, torch.rsqrt(var + eps)
        own = Statistics(mean.detach(), var.detach(), statistics[1].detach())
        if running is not None:
            running.move(own, (T or 1) * x.numel() // x.shape[2])
    mean, inverse = statistics
    y = (wide - mean.view(shape)) * (inverse * (scale * weight)).view(shape) + bias.view(shape)
    if residual is not None:
        y = y + residual.to(y.dtype)
    out = reference.lif(y, constants, surrogate, rectifier, T=T, return_v_pre=return_v_pre)
    return NormLifOutput(out._replace(spikes=out.spikes.to(x.dtype)), own)
