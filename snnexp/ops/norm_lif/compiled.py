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

from snnexp.ops.base.library import TILE, TYPES, library
from snnexp.ops.layout import dense, laid_out_as, like, steps
from snnexp.ops.lif.base import Constants, Rectifier
from snnexp.ops.lif.compiled import Affine, fire, prepare
from snnexp.ops.norm_lif.base import NormLifOutput, Running, Statistics
from snnexp.surrogates.base import Surrogate


class NormCode(NamedTuple):
    """What norm.cpp is compiled for."""

    dtype: torch.dtype
    source = Path(__file__).with_name("norm.cpp")
    title = "batch norm"

    def macros(self) -> dict[str, Any]:
        """Return what norm.cpp is given."""
        return {"REAL": TYPES[self.dtype], "TILE": TILE}


class NormShape(ctypes.Structure):
    """`Shape` of norm.cpp."""

    _fields_ = [(name, ctypes.c_int64) for name in ("steps", "size", "x_stride", "channels")]
    _fields_ += [("threads", ctypes.c_int32), ("eps", ctypes.c_double)]


class NormCall(NamedTuple):
    """One layer's call of norm.cpp; statistics that are `fixed` are constants."""

    code: ctypes.CDLL
    eps: float
    is_fixed: bool

    def statistics(self, x: Float[Tensor, "S N C *space"]) -> Float[Tensor, "3 C"]:
        """Compute what `Statistics` holds of the batch."""
        found = x.new_empty(3, x.shape[2])
        self.run("statistics", x, found)
        return found

    def gradient(self, x: Tensor, dy: Tensor, sums: Tensor, norm: Affine) -> tuple[Tensor | None, ...]:
        """Compute the gradients of x and of the norm from dy and the sums by channel, of dy and of dy (x - mean)."""
        weight, _, mean, inverse, residual = norm
        dx = dy if residual is None else like(x, len(x), x.dtype)
        self.run("gradient", x, dy, None if self.is_fixed else sums, dx, weight, mean, inverse)
        dbias, off = sums.view(2, -1)
        dweight = (off * inverse).to(x.dtype)
        return dx, dweight, dbias.to(x.dtype), None, None, None if residual is None else dy

    def run(self, function: str, x: Float[Tensor, "S N C *space"], *tensors: Tensor | None) -> None:
        """Run a function of norm.cpp on x and what else it takes."""
        shape = NormShape(len(x), x[0].numel(), x.stride(0), x.shape[2], torch.get_num_threads(), self.eps)
        pointers = [ctypes.c_void_p(None if each is None else each.data_ptr()) for each in (x, *tensors)]
        getattr(self.code, function)(ctypes.byref(shape), *pointers)


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
) -> NormLifOutput | None:
    """Compute `snnexp.ops.norm_lif.reference.norm_lif`; None where x does not `suit`, or nothing can be compiled.

    y = factor x + shift with factor = inverse (scale weight) and shift = bias - factor mean rounds as PyTorch's batch
    norm does.
    """
    code = library(NormCode(x.dtype)) if suits(x) else None
    if code is None:
        return None
    # Another shape must raise here: the code would read past the residual's end.
    added, number = None if residual is None else laid_out_as(x, residual.to(x.dtype).expand_as(x)), steps(x, T)
    layer, own = NormCall(code, eps, statistics is not None), None
    if statistics is None:
        own = Statistics(*layer.statistics(x))
        statistics = own.mean, own.inverse
    scaled = by_channel(x, weight if scale == 1 else scale * weight)
    affine = Affine(scaled, by_channel(x, bias), *(by_channel(x, each) for each in statistics), residual=added)
    call = prepare(x, constants, surrogate, rectifier, number, T is not None, return_v_pre)
    if call is None:
        return None
    lif = fire(x, constants.decay, call, affine, layer.gradient)
    if own is not None and running is not None:
        running.move(own, call.T * x[0].numel() // x.shape[2])
    return NormLifOutput(lif, own)


def by_channel(x: Float[Tensor, "S N C *space"], values: Float[Tensor, "C"]) -> Float[Tensor, "C"]:
    """Return the values of the channels of x as the code reads them."""
    return values.to(x.dtype).expand(x.shape[2]).contiguous()


def suits(x: Float[Tensor, "S N C *space"]) -> bool:
    """Return whether x is not rounded before the neuron, and has its channels side by side, or one."""
    return x.dtype in (torch.float32, torch.float64) and 1 in (x.stride(2), x.shape[2]) and dense(x) is x
