"""Temporal effective batch norm: a learned weight for each time step behind the norm."""

import torch
from torch import Tensor, nn

from snnexp.norms.base import NormSite
from snnexp.norms.layers import BatchNorm


class MyTebn(BatchNorm):
    """y[t] = p[t] BN(x)[t], p learned from 1 on. Source: Duan et al. 2022."""

    def __init__(self, site: NormSite, *, momentum: float, eps: float) -> None:
        super().__init__(site.channels, momentum=momentum, eps=eps)
        self.p = nn.Parameter(torch.ones(site.T, 1, 1, 1, 1))

    def forward(self, x: Tensor, copies: int = 1) -> Tensor:
        return self.p * super().forward(x, copies)
