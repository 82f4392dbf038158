"""Batch norm with a learned offset for each time step behind it."""

import torch
from torch import Tensor, nn

from snnexp.norms.base import NormSite
from snnexp.norms.layers import BatchNorm


class StepBias(BatchNorm):
    """y[t] = BN(x)[t] + b[t], b learned from 0 on."""

    def __init__(self, site: NormSite, *, momentum: float, eps: float) -> None:
        super().__init__(site.channels, momentum=momentum, eps=eps)
        self.b = nn.Parameter(torch.zeros(site.T, 1, 1, 1, 1))

    def forward(self, x: Tensor, copies: int = 1) -> Tensor:
        return super().forward(x, copies) + self.b
