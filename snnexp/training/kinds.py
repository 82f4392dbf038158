"""What a part must be to take its group's place: one written elsewhere is refused before it trains wrongly."""

from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from snnexp.backbones.base import Backbone
from snnexp.datasets.base import Dataset
from snnexp.errors import UserError
from snnexp.loggers.base import Logger
from snnexp.losses.base import Loss
from snnexp.mixings.base import Mixing
from snnexp.neurons.base import SpikingLayer
from snnexp.norms.base import Norm
from snnexp.regularizers.base import Regularizer
from snnexp.surrogates.base import Surrogate

KINDS: dict[str, type] = {
    "dataset": Dataset,
    "backbone": Backbone,
    "norm": Norm,
    "neuron": SpikingLayer,
    "surrogate": Surrogate,
    "regularizer": Regularizer,
    "loss": Loss,
    "mixing": Mixing,
    "logger": Logger,
}


def check(group: str, made: Any) -> None:
    """Refuse what is no part of its group.

    Raises:
        UserError: naming the class that it must derive from.
    """
    kind = KINDS.get(group, object)
    if not isinstance(made, kind):
        what = f"{type(made).__module__}.{type(made).__name__}"
        raise UserError(f"{group}._target_={what}: must derive from {kind.__module__}.{kind.__name__}")


def check_norms(network: nn.Module, why: str) -> None:
    """Refuse batch norms of torch's, whose statistics `why` would leave silently wrong.

    Raises:
        UserError: naming the module and what takes its place.
    """
    for name, module in network.named_modules():
        if isinstance(module, _BatchNorm):
            remedy = "use snnexp.norms.layers.BatchNorm in it"
            raise UserError(f"{why}: does not reach torch's {type(module).__name__} {name}; {remedy}")
