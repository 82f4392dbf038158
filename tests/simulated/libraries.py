"""What cuBLAS and cuDNN compute, which no simulated kernel stands for: laid out as theirs, values by the CPU."""

from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

aten = torch.ops.aten
LIBRARIES = {"convolution", "convolution_backward", "cudnn_batch_norm", "cudnn_batch_norm_backward"}
LIBRARIES |= {"mm", "addmm", "addmm_", "bmm", "baddbmm", "addbmm", "addmv", "mv", "dot", "vdot", "linear"}
LIBRARIES |= {"_cudnn_init_dropout_state"}


def outputs(name: str, function: Any, args: Any, kwargs: Any) -> Any:
    """Outputs without values.

    Raises:
        RuntimeError: operands on different devices, as CUDA's own operation refuses them.
    """
    tensors = [one for one in tree_leaves((args, kwargs)) if isinstance(one, Tensor)]
    devices = {one.device for one in tensors if one.dim() > 0}
    if len(devices) > 1:
        raise RuntimeError(f"{name}: Expected all tensors to be on the same device, but found {devices}")
    if name == "convolution_backward":
        return of_convolution_backward(*args)
    if name == "cudnn_batch_norm":
        x, *_ = args
        mean = x.new_empty(x.shape[1], dtype=torch.promote_types(x.dtype, torch.float32))
        return torch.empty_like(x), mean, torch.empty_like(mean), x.new_empty(0, dtype=torch.uint8)
    if name == "cudnn_batch_norm_backward":
        x, _, weight, *_ = args
        return torch.empty_like(x), torch.empty_like(weight), torch.empty_like(weight)
    device = next(one.device for one in tensors if one.is_cuda)
    meta = function(*tree_map(to_meta, args), **tree_map(to_meta, kwargs))
    form = layout(*tensors[:2]) if name == "convolution" else None

    def real(one: Any) -> Any:
        if form is not None:
            return torch.empty(one.shape, dtype=one.dtype, device=device, memory_format=form)
        return torch.empty_strided(one.shape, one.stride(), dtype=one.dtype, device=device)

    return tree_map(real, meta)


def to_meta(argument: Any) -> Any:
    return argument.to("meta") if isinstance(argument, Tensor) else argument


def layout(x: Tensor, weight: Tensor) -> torch.memory_format:
    """Channels last, where either operand is."""
    suggested = [torch._prims_common.suggest_memory_format(one) for one in (x, weight) if one.dim() == 4]
    return torch.channels_last if torch.channels_last in suggested else torch.contiguous_format


def of_convolution_backward(g: Tensor, x: Tensor, weight: Tensor, bias: Any, *rest: Any) -> tuple[Tensor | None, ...]:
    """Gradients of input, weight and bias, each where it is asked for."""
    needs, form = rest[-1], layout(x, weight)
    dx, dweight = (
        torch.empty(one.shape, dtype=one.dtype, device=one.device, memory_format=form) if needed else None
        for one, needed in zip((x, weight), needs, strict=False)
    )
    return dx, dweight, g.new_empty(bias) if needs[2] else None


def compute(name: str, function: Any, args: Any, kwargs: Any) -> Any:
    """The values of an operation whose arguments are on the CPU."""
    if name == "cudnn_batch_norm":
        x, weight, bias, mean, var, training, momentum, eps = args
        y, *own = aten.native_batch_norm.default(x, weight, bias, mean, var, training, momentum, eps)
        own = own if training else [torch.zeros(x.shape[1]), torch.zeros(x.shape[1])]
        return y, *own, torch.empty(0, dtype=torch.uint8)
    if name == "cudnn_batch_norm_backward":
        x, g, weight, mean, var, own_mean, own_inverse, eps, _ = args
        needs = [True, True, True]
        return aten.native_batch_norm_backward.default(g, x, weight, mean, var, own_mean, own_inverse, True, eps, needs)
    return function(*args, **kwargs)
