"""Threshold-dependent batch norm."""

import math

from snnexp.norms.base import NormSite
from snnexp.norms.layers import BatchNorm


class Tdbn(BatchNorm):
    """Batch norm scaled by the threshold of the neurons behind it, by sqrt(1/2) besides where two are added up.

    At the stem it is plain. Source: Zheng et al. 2021, with alpha 1; where it scales: yfguo91/Re-Loss
    models/spike_block.py and MPBN's.
    """

    def __init__(self, site: NormSite, *, momentum: float, eps: float, running: bool) -> None:
        share = math.sqrt(0.5) if site.place in ("summand", "shortcut") else 1.0
        scale = 1.0 if site.place == "stem" else site.v_threshold * share
        super().__init__(site.channels, scale, momentum=momentum, eps=eps, running=running)
