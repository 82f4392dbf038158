"""Batch norm, residual and neuron on a CPU in C++: the normalised current exists in registers only.

Forward reads x twice (statistics, then apply and fire) and writes the spikes; backward recomputes the current, writes
its gradient dy with two sums a channel, and turns dy into dx: 3 + 6 passes over memory, 6 + 8 of norm and neuron apart.
"""

import ctypes
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from snnexp.ops.base.library import TILE, TYPES, library
from snnexp.ops.layout import dense, laid_out_as, like
from snnexp.ops.lif.base import Constants, LifOutput, Rectifier
from snnexp.ops.lif.compiled import Affine, Call, prepare
from snnexp.ops.norm_lif import reference
from snnexp.ops.norm_lif.base import NormLifOutput, Running, Statistics
from snnexp.surrogates.base import Surrogate


class NormCode(NamedTuple):
    """What norm.cpp is compiled for."""

    dtype: torch.dtype
    source = Path(__file__).with_name("norm.cpp")
    title = "batch norm"

    def macros(self) -> dict[str, Any]:
        """Return what norm.cpp is told."""
        return {"REAL": TYPES[self.dtype], "TILE": TILE}


class NormShape(ctypes.Structure):
    """`Shape` of norm.cpp."""

    _fields_ = [(name, ctypes.c_int64) for name in ("steps", "size", "x_stride", "channels")]
    _fields_ += [("threads", ctypes.c_int32), ("eps", ctypes.c_double)]


class NormCall(NamedTuple):
    """One layer's call: norm.cpp, the neuron's call, and eps."""

    norm: ctypes.CDLL
    neuron: Call
    eps: float

    def run(self, function: str, x: Float[Tensor, "S N C *space"], *tensors: Tensor | None) -> None:
        """Run a function of norm.cpp on x and what else it takes."""
        shape = NormShape(len(x), x[0].numel(), x.stride(0), x.shape[2], torch.get_num_threads(), self.eps)
        pointers = [ctypes.c_void_p(None if each is None else each.data_ptr()) for each in (x, *tensors)]
        getattr(self.norm, function)(ctypes.byref(shape), *pointers)


class CompiledNormLif(torch.autograd.Function):
    """Forward keeps x and the residual; backward recomputes the current and v_pre from them.

    Without `given` statistics (mean and inverse, constants), those of the batch are taken and returned.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        residual: Tensor | None,
        decay: Tensor | None,
        given: tuple[Tensor, Tensor] | None,
        layer: NormCall,
    ) -> tuple[Tensor | None, ...]:
        own = None
        if given is None:
            own = x.new_empty(3, x.shape[2])
            layer.run("statistics", x, own)
            given = own[0], own[2]
        norm = Affine(weight, bias, *given, residual)
        spikes, v_pre, figures = layer.neuron.forward(x, norm)
        ctx.save_for_backward(*norm, x, decay)
        ctx.layer, ctx.is_fixed = layer, own is None
        ctx.set_materialize_grads(False)
        (rate, error, rectified), potential = figures[:3].unbind(), figures[3:]
        ctx.mark_non_differentiable(rate, rectified, potential, *([] if own is None else [own]))
        return spikes, rate, error, rectified, potential if layer.neuron.is_measured else None, v_pre, own

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        *norm, x, decay = ctx.saved_tensors
        weight, _, mean, inverse, residual = norm
        dy = like(x, len(x), x.dtype)
        sums = ctx.layer.neuron.backward(x, (grads[0], grads[2], grads[5]), dy, Affine(*norm))
        ddecay, sums = sums[0], sums[1:].view(2, -1)
        dx = dy if residual is None else like(x, len(x), x.dtype)
        ctx.layer.run("gradient", x, dy, None if ctx.is_fixed else sums, dx, weight, mean, inverse)
        dbias, dweight = (each.to(x.dtype) for each in (sums[0], sums[1] * inverse))
        ddecay = None if decay is None else ddecay.to(decay.dtype)
        return dx, dweight, dbias, None if residual is None else dy, ddecay, None, None


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
    norm = norm_code(x) if suits(x) else None
    call = None if norm is None else prepare(x, *neuron, **options)
    if norm is None or call is None:
        given = {"weight": weight, "bias": bias, "scale": scale, "eps": eps, "running": running}
        given |= {"statistics": statistics, "residual": residual}
        return reference.norm_lif(x, *neuron, **given, **options)
    # Another shape must raise here: the code would read past the residual's end.
    added = None if residual is None else laid_out_as(x, residual.to(x.dtype).expand_as(x))
    learned = constants.decay.to(x.dtype) if isinstance(constants.decay, Tensor) else None
    fixed = None if statistics is None else tuple(by_channel(x, each) for each in statistics)
    affine = by_channel(x, weight if scale == 1 else scale * weight), by_channel(x, bias)
    layer = NormCall(norm, call, eps)
    *figures, found = CompiledNormLif.apply(x, *affine, added, learned, fixed, layer)
    spikes, rate, error, rectified, potential, v_pre = figures
    own = None if found is None else Statistics(*found)
    if own is not None and running is not None:
        running.move(own, call.T * x[0].numel() // x.shape[2])
    lif = LifOutput(spikes, rate, error, None if rectifier is None else rectified, potential, v_pre)
    return NormLifOutput(lif, own)


def by_channel(x: Float[Tensor, "S N C *space"], values: Float[Tensor, "C"]) -> Float[Tensor, "C"]:
    """Return the values of the channels of x as the code reads them."""
    return values.to(x.dtype).expand(x.shape[2]).contiguous()


def norm_code(x: Tensor) -> ctypes.CDLL | None:
    """Return the library of norm.cpp for x, or None where nothing can be compiled."""
    return library(NormCode(x.dtype))


def suits(x: Float[Tensor, "S N C *space"]) -> bool:
    """Tell whether x is not rounded before the neuron and has its channels side by side, and code can be compiled."""
    wide = x.dtype in (torch.float32, torch.float64)
    return wide and x.stride(2) == 1 and dense(x) is x and norm_code(x) is not None
