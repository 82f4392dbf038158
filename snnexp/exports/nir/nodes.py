"""What an operator is in NIR: nodes by name, given the shape it takes (without time and batch) and its other arguments.

Each function bears the name of the operator in PyTorch and takes what that takes.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import nir
import numpy as np
from jaxtyping import Float
from torch import Tensor

from snnexp.errors import UserError
from snnexp.neurons.base import SpikingLayer
from snnexp.neurons.layers import LifLayer

DT = 1e-4  # seconds a step, as SpikingJelly and snnTorch assume
Shape = tuple[int, ...]
Nodes = dict[str, nir.NIRNode]
Pair = int | tuple[int, int]


def refusal(what: str) -> UserError:
    """Return the error for what NIR cannot state."""
    return UserError(f"--format nir: {what}; --format onnx takes any network")


def neuron(shape: Shape, layer: SpikingLayer) -> Nodes:
    """Return a spiking layer: a step of Euler's method of tau dv/dt = -v + r x (LIF), or of dv/dt = r x (IF, decay 1).

    tau = DT / (1 - decay), and r such that x counts 1, or 1 - decay with `decay_input`. NIR fires on v > v_threshold;
    for >= the threshold is the next lower number of float32, in which networks compute.

    Raises:
        UserError: other dynamics than LIF's, a soft reset, or a reset to another value than the one it leaks towards.
    """
    if not (isinstance(layer, LifLayer) and layer.is_lif):
        raise refusal(f"neuron {type(layer).__name__}: NIR has no node for its dynamics")
    constants = layer.constants
    if constants.reset != "hard":
        raise refusal(f"neuron.reset={constants.reset}: NIR's neurons are reset to a value, none subtracts")
    if constants.v_reset != 0:
        raise refusal(f"neuron.v_reset={constants.v_reset}: NIR's readers reset to the value they leak towards, here 0")
    decay = float(layer.leak())
    b = 1 - decay if constants.decay_input else 1.0
    below = np.nextafter(np.float32(constants.v_threshold), np.float32(0))
    full = partial(np.full, shape)
    v_threshold, zero = full(constants.v_threshold if constants.strict else float(below)), full(0.0)
    if decay == 1:
        return {layer.site.name: nir.IF(full(b / DT), v_threshold, zero)}
    tau, r = full(DT / (1 - decay)), full(b / (1 - decay))
    return {layer.site.name: nir.LIF(tau, r, v_leak=zero, v_threshold=v_threshold, v_reset=zero)}


def conv2d(
    shape: Shape,
    weight: Float[Tensor, "K C h w"],
    bias: Float[Tensor, " K"] | None = None,
    stride: Pair = 1,
    padding: Pair | str = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Nodes:
    """Return a convolution; NIR's always has a bias."""
    offset = np.zeros(len(weight), np.float32) if bias is None else bias.numpy()
    return {"conv": nir.Conv2d((shape[-2], shape[-1]), weight.numpy(), stride, padding, dilation, groups, offset)}


def batch_norm(
    conv: nir.Conv2d,
    mean: Float[Tensor, " K"] | None,
    var: Float[Tensor, " K"] | None,
    weight: Float[Tensor, " K"],
    bias: Float[Tensor, " K"],
    training: bool,
    momentum: float,
    eps: float,
) -> Nodes:
    """Fold batch norm into a convolution: g W and g (b - mean) + bias, with g = weight / sqrt(var + eps).

    Raises:
        UserError: a norm by the batch's own statistics.
    """
    if training or mean is None or var is None:
        raise refusal("its norms use the statistics of each batch, which no convolution can take up")
    g = (weight.double() / (var.double() + eps).sqrt()).numpy()
    w = conv.weight * g[:, None, None, None]
    b = (conv.bias - mean.double().numpy()) * g + bias.double().numpy()
    return {"conv": replace(conv, weight=w.astype(np.float32), bias=b.astype(np.float32))}


def avg_pool2d(
    shape: Shape,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Nodes:
    """Average pooling over whole windows, zeros at the edge counting as inputs.

    Raises:
        UserError: windows that reach over the edge and are averaged over what lies within.
    """
    kernel, step, pad = (np.broadcast_to(each, 2) for each in (kernel_size, stride or kernel_size, padding))
    partial_windows = ceil_mode and ((np.array(shape[-2:]) + 2 * pad - kernel) % step).any()
    if partial_windows or (pad.any() and not count_include_pad) or divisor_override is not None:
        size = " x ".join(map(str, shape[-2:]))
        raise refusal(f"it pools {size} by windows that reach over the edge, and NIR's windows are whole")
    return {"pool": nir.AvgPool2d(kernel, step, pad)}


def mean(shape: Shape, dim: int | Sequence[int]) -> Nodes:
    """Return the mean over a whole map: pooling, and C x 1 x 1 flattened to C.

    Raises:
        UserError: another mean.
    """
    if dim != (-2, -1):
        raise refusal(f"it has no node for the mean over {dim}")
    return avg_pool2d(shape, (shape[-2], shape[-1])) | flatten((shape[0], 1, 1))


def flatten(shape: Shape, start_dim: int = 0, end_dim: int = -1) -> Nodes:
    """Flatten to one dimension, counted from the last, since readers differ in whether the batch counts."""
    return {"flatten": nir.Flatten({"input": np.array(shape)}, -len(shape), -1)}


def linear(shape: Shape, weight: Float[Tensor, "K F"], bias: Float[Tensor, " K"] | None = None) -> Nodes:
    """Return a linear layer."""
    return {"linear": nir.Linear(weight.numpy()) if bias is None else nir.Affine(weight.numpy(), bias.numpy())}


OPERATORS: dict[str, Callable[..., Nodes]] = {
    each.__name__: each for each in (neuron, conv2d, avg_pool2d, mean, flatten, linear)
}
