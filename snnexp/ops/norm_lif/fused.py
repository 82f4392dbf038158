"""Normalisation, residual and LIF in Triton: the normalised current exists in registers only.

Forward reads x twice (statistics, then apply and fire) and writes the spikes; backward recomputes everything from x and
reads x and g twice (two sums per channel, then dx): 16 bytes a neuron and step in bfloat16 without a residual.
"""

# A kernel's call is not Python's.
# pyright: reportArgumentType=false, reportCallIssue=false

import math
from typing import Any

import torch
import triton
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from snnexp.ops.base.neuron_kernel import describe, each_sum, forms
from snnexp.ops.base.norm_kernel import SECOND, add_up_channels, geometry, grid, over_channels
from snnexp.ops.base.norm_lif_kernel import backward_kernel, forward_kernel
from snnexp.ops.base.statistics_kernel import batch_statistics
from snnexp.ops.base.step_kernel import LAUNCH, add_up
from snnexp.ops.layout import asked, dense, laid_out_as, like, state_dtype
from snnexp.ops.lif.base import Constants, LifOutput, Rectifier
from snnexp.ops.norm_lif.base import NormLifOutput, Running, Statistics
from snnexp.surrogates.base import Surrogate

Outputs = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
Gradients = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


def new_outputs(x: Tensor, mean: Tensor | None, neuron: str, keep: bool) -> Outputs:
    """Return spikes, sums, mean, variance, inverse deviation, v between the segments; empty where not requested."""
    (form, more, _), real = forms(neuron, x.dtype), state_dtype(x)
    T, between = form["T"], triton.cdiv(form["T"], form["STEPS"]) - 1
    shapes = (), (), 3 if more["MEASURES"] else 0, () if form["PHI"] else 0
    sums = (x.new_empty(shape, dtype=real) for shape in shapes)
    own = (x.new_empty(x.shape[2] if mean is None else 0, dtype=real) for _ in range(3))
    kept = x.new_empty((between, math.prod(x.shape[1:])) if keep and between else 0, dtype=real)
    return like(x, T, x.dtype), *sums, *own, kept  # type: ignore[return-value]


def forward(x: Tensor, residual: Tensor | None, weight: Tensor, bias: Tensor, decay: Tensor | None,
            mean: Tensor | None, inverse: Tensor | None, neuron: str, keep: bool, scale: float, eps: float,
            running: Running | None) -> Outputs:  # fmt: skip
    """Fill `new_outputs`. Without `mean` and `inverse` those of the batch are computed, which move the running ones."""
    spikes, *sums, own_mean, var, own_inverse, kept = out = new_outputs(x, mean, neuron, keep)
    (form, more, _), neurons = forms(neuron, x.dtype), math.prod(x.shape[1:])
    form = form | more
    if mean is None or inverse is None:
        batch_statistics(x, eps, running, form["T"], mean := own_mean, var, inverse := own_inverse)
    lies, tile = geometry(x, form.pop("BLOCK"))
    programs = grid(x, tile)
    outs = each_sum(sums)
    partials = x.new_empty((len(outs), math.prod(programs)), dtype=kept.dtype)
    tensors = x, residual, mean, inverse, weight, bias, decay, spikes, asked(kept), partials
    with torch.cuda.device_of(x):
        sizes = neurons // lies[0], neurons, stride(x), stride(residual), *lies
        forward_kernel[programs](*tensors, scale, *sizes, **form, **tile)
        add_up[(1,)](partials, outs, math.prod(programs), form["T"] * neurons, **LAUNCH)
    return out


def stride(x: Tensor | None) -> int:
    """Return the stride over T; 0 for one step that stands for all."""
    return 0 if x is None or len(x) == 1 else x.stride(0)


def new_gradients(x: Tensor, residual: Tensor | None, neuron: str, needs: list[bool]) -> Gradients:
    """Return dx, dresidual, dweight, dbias, ddecay, uninitialised; empty where not requested."""
    form, real, C = forms(neuron, x.dtype)[0], state_dtype(x), x.shape[2]
    T = 1 if form["STATIC"] else form["T"]
    dx = like(x, T, x.dtype) if needs[0] else x.new_empty(0)
    dresidual = like(x, T, residual.dtype) if needs[1] and residual is not None else x.new_empty(0)
    dweight, dbias = (x.new_empty(C if any(needs[:4]) else 0, dtype=real) for _ in range(2))
    return dx, dresidual, dweight, dbias, x.new_empty(() if needs[4] else 0, dtype=real)


def backward(x: Tensor, residual: Tensor | None, weight: Tensor, bias: Tensor, decay: Tensor | None, mean: Tensor,
             inverse: Tensor, kept: Tensor, g: Tensor | None, derror: Tensor | None, neuron: str, scale: float,
             own: bool, needs: list[bool]) -> Gradients:  # fmt: skip
    """Fill `new_gradients`. `own`: mean and inverse are functions of x."""
    dx, dresidual, dweight, dbias, ddecay = out = new_gradients(x, residual, neuron, needs)
    (form, _, more), neurons = forms(neuron, x.dtype), math.prod(x.shape[1:])
    form = form | more
    lies, tile = geometry(x, form.pop("BLOCK"))
    programs = grid(x, tile)
    g = None if g is None else laid_out_as(x, g)
    given = x, residual, mean, inverse, weight, bias, decay, asked(kept), g, derror
    dy_xhat = torch.empty_like(dweight)
    sizes = scale, neurons // lies[0], neurons, stride(x), stride(residual), stride(g), *lies
    with torch.cuda.device_of(x):
        if needs[2] or needs[3] or (own and needs[0]):
            channels = x.new_empty((2, programs[0], lies[0]), dtype=dweight.dtype)
            sinks = None, None, None, None, channels, None
            backward_kernel[programs](*given, *sinks, *sizes, **form, **tile)
            out_of = channels, dbias, dy_xhat, dweight, scale, programs[0], lies[0]
            add_up_channels[over_channels(lies[0])](*out_of, **SECOND)
        if needs[0] or needs[1] or needs[4]:
            partials = x.new_empty((1, math.prod(programs)), dtype=dweight.dtype) if needs[4] else None
            sinks = dbias if own else None, dy_xhat if own else None, asked(dx), asked(dresidual), None, partials
            backward_kernel[programs](*given, *sinks, *sizes, **form, **tile)
            if partials is not None:
                add_up[(1,)](partials, (ddecay,), math.prod(programs), 1, **LAUNCH)
    return out


class NormLif(torch.autograd.Function):
    """Forward keeps x, the residual and per-channel numbers; backward recomputes the current and the potential."""

    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> tuple[Tensor, ...]:
        x, residual, weight, bias, decay, mean, inverse, ctx.neuron, _, ctx.scale, *_ = inputs
        out = forward(*inputs)
        _, rate, _, potential, rectified, own_mean, var, own_inverse, kept = out
        ctx.own = mean is None
        statistics = (own_mean, own_inverse) if ctx.own else (mean, inverse)
        ctx.save_for_backward(x, residual, weight, bias, decay, *statistics, kept)
        ctx.mark_non_differentiable(rate, potential, rectified, own_mean, var, own_inverse, kept)
        ctx.set_materialize_grads(False)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        needs = list(ctx.needs_input_grad[:5])
        x, residual, weight, bias, decay, *rest = ctx.saved_tensors
        options = ctx.neuron, ctx.scale, ctx.own, needs
        made = backward(x, residual, weight, bias, decay, *rest, grads[0], grads[2], *options)
        return *(one if needed else None for one, needed in zip(made, needs, strict=True)), *[None] * 7


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
    """Compute `snnexp.ops.norm_lif.reference.norm_lif` of an x on a CUDA device.

    Raises:
        ValueError: as the reference, and for `return_v_pre`, which is left to the unfused pair.
    """
    if return_v_pre:
        raise ValueError("return_v_pre=True: norm_lif gives no v_pre; normalise first, then call lif")
    neuron, decay = describe(x, constants, surrogate, rectifier, T)
    real, x = state_dtype(x), dense(x)
    inputs = [x, None if residual is None else laid_out_as(x, residual), weight.to(real), bias.to(real), decay]
    keep = torch.is_grad_enabled() and any(one is not None and one.requires_grad for one in inputs)
    given = (None, None) if statistics is None else (one.to(real) for one in statistics)
    found = NormLif.apply(*inputs, *given, neuron, keep, scale, eps, running)
    spikes, rate, error, potential, rectified, *own, _ = found
    out = LifOutput(spikes, rate, error, asked(rectified), asked(potential))
    return NormLifOutput(out, Statistics(*own) if statistics is None else None)
