"""Parametric LIF neuron: one leak a layer, learned."""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.errors import require
from snnexp.neurons.layers import LifLayer


class Plif(LifLayer):
    """v_pre = decay v + b x with decay = 1 - sigmoid(w), w learned, one scalar a layer; `decay` is where it starts.

    Source: SpikingJelly ParametricLIFNode, with 1 / tau = sigmoid(w).

    Raises:
        UserError: as `LifLayer`, and for a `decay` of 0 or 1, which no w gives.
    """

    def __init__(self, *args: Any, **constants: Any) -> None:
        super().__init__(*args, **constants)
        decay = float(self.constants.decay)
        require(0 < decay < 1, f"neuron.decay={decay}: must lie between 0 and 1 for plif")
        self.w = nn.Parameter(torch.tensor(math.log((1 - decay) / decay)))

    def leak(self) -> Float[Tensor, ""]:
        return 1 - torch.sigmoid(self.w)
