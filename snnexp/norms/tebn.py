"""Temporal effective batch norm: a learned weight for each time step behind the norm."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.norms.base import NormSite
from snnexp.norms.layers import BatchNorm


class Tebn(BatchNorm):
    """y[t] = p[t] BN(x)[t], statistics over (T, N, H, W), p learned from 1 on.

    Of a static image it makes T steps. Source: Duan et al. 2022, TEBN; SpikingJelly, TemporalEffectiveBatchNorm2d.
    """

    def __init__(self, site: NormSite, *, momentum: float, eps: float, running: bool) -> None:
        super().__init__(site.channels, momentum=momentum, eps=eps, running=running)
        self.p = nn.Parameter(torch.ones(site.T))

    def forward(self, x: Float[Tensor, "S N C H W"], copies: int = 1) -> Float[Tensor, "T N C H W"]:
        return self.p.view(-1, 1, 1, 1, 1) * super().forward(x, copies)
