"""The neurons of ASA's SEW-ResNet: a parametric LIF at the stem, integrate-and-fire neurons behind it."""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.errors import UserError
from snnexp.neurons.base import Site
from snnexp.neurons.layers import LifLayer
from snnexp.ops.lif import Rectifier
from snnexp.surrogates.base import Surrogate


class PlifStem(LifLayer):
    """At the stem v_pre = decay v + b x, decay = 1 - sigmoid(w) learned; behind it v_pre = v + x, whatever the leak.

    `decay` is where the stem's leak starts, `decay_input` and `stem_surrogate` are the stem's alone. Source:
    BICLab/Spike-based-Dynamic-Computing HAR-DVS/sew_resnet.py, with SpikingJelly's ParametricLIFNode and IFNode.

    Raises:
        UserError: as `LifLayer`, and for a `decay` of 0 or 1, which no w gives.
    """

    def __init__(
        self,
        site: Site,
        surrogate: Surrogate,
        rectifier: Rectifier | None = None,
        *,
        decay: float,
        decay_input: bool,
        stem_surrogate: Surrogate,
        **constants: Any,
    ) -> None:
        if not 0 < decay < 1:
            raise UserError(f"neuron.decay={decay}: must lie between 0 and 1 for plif_stem")
        stem = site.role == "stem"
        leak = {"decay": decay, "decay_input": decay_input} if stem else {"decay": 1.0, "decay_input": False}
        super().__init__(site, stem_surrogate if stem else surrogate, rectifier, **leak, **constants)
        self.w = nn.Parameter(torch.tensor(math.log((1 - decay) / decay))) if stem else None

    def leak(self) -> float | Float[Tensor, ""]:
        return self.decay if self.w is None else 1 - torch.sigmoid(self.w)
