"""Pooling of two groups of entries and their gating in C++ for the CPU it runs on; see gate.cpp."""

import ctypes
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from snnexp.ops.base.library import TYPES, library

REALS = (torch.float32, torch.float64)


class GateCode(NamedTuple):
    """What the code is compiled for."""

    dtype: torch.dtype
    channels: int
    source = Path(__file__).with_name("gate.cpp")
    title = "ASA's gate"

    def macros(self) -> dict[str, Any]:
        """Return the constants that gate.cpp is compiled with."""
        return {"REAL": TYPES[self.dtype], "CHANNELS": self.channels}


class GateShape(ctypes.Structure):
    """`Shape` of gate.cpp."""

    _fields_ = [(name, ctypes.c_int64) for name in ("T", "N", "pixels", "t_stride", "n_stride")]
    _fields_ += [("threads", ctypes.c_int32)]


def code(x: Float[Tensor, "T N C H W"]) -> ctypes.CDLL | None:
    """Return the library for x, or None where it is no float32 (float64) on a CPU with its channels side by side."""
    C, _, W = x.shape[2:]
    last = x.stride()[2:] == (1, W * C, C)
    compiling = torch.compiler.is_compiling() or torch.compiler.is_exporting()
    suits = x.device.type == "cpu" and x.dtype in REALS and last and not compiling
    return library(GateCode(x.dtype, C)) if suits else None


def call(lib: ctypes.CDLL, function: str, x: Tensor, *tensors: Tensor) -> None:
    """Run a function of the code on x and what else it takes."""
    T, N, _, H, W = x.shape
    shape = GateShape(T, N, H * W, x.stride(0), x.stride(1), torch.get_num_threads())
    pointers = [ctypes.c_void_p(each.data_ptr()) for each in (x, *tensors)]
    getattr(lib, function)(ctypes.byref(shape), *pointers)


def score(lib: ctypes.CDLL, x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C"]:
    """Return mean plus maximum over (H, W), without a gradient."""
    scores = x.new_empty(x.shape[:3])
    call(lib, "score", x.detach(), scores)
    return scores


class Pool(torch.autograd.Function):
    """Over (T, C) the mean and the maximum of x in the mask and 0 elsewhere, then of x outside and 0 elsewhere."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, mask: Tensor, lib: ctypes.CDLL) -> Float[Tensor, "4 N H W"]:
        x = x.detach()
        pooled = x.new_empty(4, x.shape[1], *x.shape[3:])
        call(lib, "pool", x, mask, pooled)
        ctx.save_for_backward(x, mask, pooled)
        ctx.lib = lib
        return pooled

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, mask, pooled = ctx.saved_tensors
        dx = empty(x)
        call(ctx.lib, "pool_backward", x, mask, pooled, grads[0].contiguous(), dx)
        return dx, None, None


class Apply(torch.autograd.Function):
    """x times maps[0] in the mask and maps[1] outside."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, mask: Tensor, maps: Tensor, lib: ctypes.CDLL) -> Float[Tensor, "T N C H W"]:
        x, maps = x.detach(), maps.detach().contiguous()
        y = empty(x)
        call(lib, "apply", x, mask, maps, y)
        ctx.save_for_backward(x, mask, maps)
        ctx.lib = lib
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, mask, maps = ctx.saved_tensors
        dx, dmaps, g = empty(x), torch.empty_like(maps), grads[0]
        g = g if g.stride() == dx.stride() else empty(x).copy_(g)
        call(ctx.lib, "apply_backward", x, mask, maps, g, dx, dmaps)
        return dx, None, dmaps, None


def empty(x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C H W"]:
    """Return an uninitialised tensor, one step and sample behind the other, channels side by side."""
    T, N, C, H, W = x.shape
    return x.new_empty(T, N, H, W, C).permute(0, 1, 4, 2, 3)


def as_numbers(mask: Bool[Tensor, "T #N C"], x: Float[Tensor, "T N C H W"]) -> Float[Tensor, "T N C"]:
    """Return the mask of every sample, 1 and 0 of the type of x."""
    return mask.expand(x.shape[:3]).to(x.dtype).contiguous()
