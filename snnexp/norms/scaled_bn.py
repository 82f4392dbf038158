"""Batch norm times a constant: the control of RMP-Loss that matches the scale of potentials."""

from snnexp.errors import require
from snnexp.norms.base import NormSite
from snnexp.norms.layers import BatchNorm


class ScaledBn(BatchNorm):
    """Batch norm over (T, N, H, W) times `factor`, wherever a norm stands, so that each current is scaled by it.

    A factor of v_pre_std with RMP-Loss over v_pre_std without it gives potentials the scale that RMP-Loss gives them,
    and nothing else of it.

    Raises:
        UserError: a factor that is not above 0.
    """

    def __init__(self, site: NormSite, *, factor: float, momentum: float, eps: float, running: bool) -> None:
        require(0 < factor < float("inf"), f"norm.factor={factor}: must be above 0")
        super().__init__(site.channels, factor, momentum=momentum, eps=eps, running=running)
