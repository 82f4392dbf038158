"""Sequences `[T, N, ...]` as the operators take them: their steps, their potential's precision, each step gapless."""

import math

import torch
from torch import Tensor


def state_dtype(x: Tensor) -> torch.dtype:
    """Return the potential is held in float64 for float64 input and in float32 for all else."""
    return torch.float64 if x.dtype == torch.float64 else torch.float32


def steps(x: Tensor, T: int | None) -> int:
    """Return the number of time steps; a static input `[1, N, ...]` is given with `T` and stands for T equal ones.

    Raises:
        ValueError: `T` with an input that has more than one step.
    """
    if T is not None and x.shape[0] != 1:
        raise ValueError(f"T={T} needs an input of one time step, not {x.shape[0]}")
    return x.shape[0] if T is None else T


def dense(x: Tensor) -> Tensor:
    """Return x with each time step gapless in some order of its axes, copied where it is not; any stride over T."""
    gapless = 1
    for stride, length in sorted(zip(x.stride()[1:], x.shape[1:], strict=True)):
        if length != 1 and stride != gapless:
            return x.contiguous()
        gapless *= length
    return x


def like(x: Tensor, T: int, dtype: torch.dtype) -> Tensor:
    """Return an uninitialised `[T, N, ...]`, each step laid out as those of x, one behind the other."""
    strides = (math.prod(x.shape[1:]), *x.stride()[1:])
    return torch.empty_strided((T, *x.shape[1:]), strides, dtype=dtype, device=x.device)


def laid_out_as(x: Tensor, g: Tensor) -> Tensor:
    """Return g, copied only where its steps are not laid out as those of x; a stride of 0 over T stays."""
    if all(a == b or n == 1 for a, b, n in zip(g.stride()[1:], x.stride()[1:], x.shape[1:], strict=True)):
        return g
    return like(x, len(g), g.dtype).copy_(g)


def asked(x: Tensor) -> Tensor | None:
    """Return x, or None where it is empty because it was not requested."""
    return x if x.numel() else None
