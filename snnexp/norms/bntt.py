"""Batch norm through time: statistics and a learned scale of its own for each time step."""

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.norms.base import NormSite
from snnexp.norms.layers import BatchNorm


class Bntt(BatchNorm):
    """y[t] = gamma[t] (x[t] - mean[t]) / sqrt(var[t] + eps), statistics over (N, H, W), gamma learned from 1 on.

    It has no shift. Steps are normalized as channels of their own, a static image as the T steps that it stands for.
    Source: Kim and Panda 2021, BNTT; SpikingJelly, BatchNormThroughTime2d.
    """

    def __init__(self, site: NormSite, *, momentum: float, eps: float, running: bool) -> None:
        super().__init__(site.T * site.channels, momentum=momentum, eps=eps, running=running)
        self.T = site.T
        del self.bias
        self.register_buffer("bias", torch.zeros(site.T * site.channels), persistent=False)

    def forward(self, x: Float[Tensor, "S N C H W"], copies: int = 1) -> Float[Tensor, "T N C H W"]:
        steps = x.expand(self.T, *x.shape[1:]).transpose(0, 1)
        y = super().forward(steps.flatten(1, 2)[None])
        return y[0].unflatten(1, steps.shape[1:3]).transpose(0, 1)
