"""Plain batch norm."""

from snnexp.norms.base import NormSite
from snnexp.norms.layers import BatchNorm


class Bn(BatchNorm):
    """Batch norm over (T, N, H, W) wherever a norm stands."""

    def __init__(self, site: NormSite, *, momentum: float, eps: float, running: bool) -> None:
        super().__init__(site.channels, momentum=momentum, eps=eps, running=running)
