"""Evaluation on a CPU: batch norm folded to a scale and a shift, residual and neuron in one pass over memory."""

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.ops.layout import dense, laid_out_as
from snnexp.ops.lif.base import Constants, LifOutput, Rectifier
from snnexp.ops.lif.compiled import Affine, prepare
from snnexp.ops.norm_lif import reference
from snnexp.ops.norm_lif.base import NormLifOutput, Running
from snnexp.surrogates.base import Surrogate


def norm_lif(
    x: Float[Tensor, "S N C *space"],
    constants: Constants,
    surrogate: Surrogate,
    rectifier: Rectifier | None = None,
    *,
    weight: Float[Tensor, "C"],
    bias: Float[Tensor, "C"],
    scale: float = 1.0,
    eps: float = 1e-5,
    running: Running | None = None,
    statistics: tuple[Float[Tensor, "C"], Float[Tensor, "C"]] | None = None,
    residual: Float[Tensor, "S N C *space"] | None = None,
    T: int | None = None,
    return_v_pre: bool = False,
) -> NormLifOutput:
    """As `snnexp.ops.norm_lif.reference.norm_lif`, which it calls where it does not `suit`.

    y = factor x + shift with factor = inverse (scale weight) and shift = bias - factor mean rounds as PyTorch's batch
    norm does.
    """
    neuron, options = (constants, surrogate, rectifier), {"T": T, "return_v_pre": return_v_pre}
    call = prepare(x, *neuron, **options) if statistics is not None and suits(x) else None
    if call is None or statistics is None:
        given = {"weight": weight, "bias": bias, "scale": scale, "eps": eps, "running": running}
        given |= {"statistics": statistics, "residual": residual}
        return reference.norm_lif(x, *neuron, **given, **options)
    mean, inverse = statistics
    factor = inverse * (scale * weight)
    shift = torch.addcmul(bias, mean, factor, value=-1)
    # Another shape must raise here: the code would read past the residual's end.
    added = None if residual is None else laid_out_as(x, residual.to(x.dtype).expand_as(x))
    spikes, v_pre, figures = call.forward(x, Affine(factor.to(x.dtype), shift.to(x.dtype), added))
    (rate, error, rectified), potential = figures[:3].unbind(), figures[3:]
    out = LifOutput(spikes, rate, error, None if rectifier is None else rectified, potential, v_pre)
    return NormLifOutput(out, None)


def suits(x: Float[Tensor, "S N C *space"]) -> bool:
    """Whether x needs no gradient, is not rounded between norm and neuron, and has its channels side by side."""
    wide = x.dtype in (torch.float32, torch.float64)
    return wide and not torch.is_grad_enabled() and x.stride(2) == 1 and dense(x) is x
