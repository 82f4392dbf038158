"""The LIF operator in C++ for the CPU it runs on; see neuron.cpp."""

import ctypes
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from snnexp.ops.base.library import TYPES, NeuronCode, library
from snnexp.ops.layout import dense, laid_out_as, like, state_dtype, steps
from snnexp.ops.lif import reference
from snnexp.ops.lif.base import MEASURING, Constants, LifOutput, Rectifier
from snnexp.surrogates.base import Surrogate

BLOCK = 2048  # neurons whose sums are one number: fixed, so that results do not depend on the number of threads
NORM_BLOCK = 8 * BLOCK  # the same with a norm, which has sums of every channel


class Shape(ctypes.Structure):
    """`Shape` of neuron.cpp."""

    _fields_ = [(name, ctypes.c_int64) for name in ("T", "neurons", "x_stride", "r_stride", "g_stride")]
    _fields_ += [("block", ctypes.c_int64), ("channels", ctypes.c_int64)]
    _fields_ += [(name, ctypes.c_int32) for name in ("threads", "is_static", "is_measured")]


class Affine(NamedTuple):
    """States the current that the code computes of x: (x - mean) inverse weight + bias + residual.

    The first four are by channel, of the state's type; the residual is laid out as x.
    """

    weight: Float[Tensor, "C"]
    bias: Float[Tensor, "C"]
    mean: Float[Tensor, "C"]
    inverse: Float[Tensor, "C"]
    residual: Float[Tensor, "S N C *space"] | None


Through = Callable[[Tensor, Tensor, Tensor, Affine], tuple[Tensor | None, ...]]


class Call(NamedTuple):
    """One layer's call: the code, its numbers (those of `Constants` in neuron.cpp, less c) and its form."""

    code: ctypes.CDLL
    numbers: tuple[float, ...]
    T: int
    is_static: bool
    return_v_pre: bool
    is_measured: bool
    is_rectified: bool

    def forward(
        self, x: Float[Tensor, "S N *feat"], norm: Affine | None = None
    ) -> tuple[Float[Tensor, "T N *feat"], Float[Tensor, "T N *feat"] | None, Float[Tensor, "6"]]:
        """Compute spikes, v_pre if requested, and firing rate, both errors and, where measured, the potential."""
        real = state_dtype(x)
        spikes = like(x, self.T, x.dtype)
        v_pre = like(x, self.T, real) if self.return_v_pre else None
        sums = self.run("forward", self.shape(x, norm), 0.0, 6, [x, spikes, v_pre], norm)
        sums[-1] += 0 * self.numbers[-1]  # not a number without a width of the surrogate's window
        return spikes, v_pre, (sums / spikes.numel()).to(real)

    def backward(
        self, x: Tensor, grads: Sequence[Tensor | None], norm: Affine | None = None
    ) -> tuple[Float[Tensor, "S N *feat"], Float[Tensor, " sums"]]:
        """Compute the gradient of the current, laid out as x, from those of the spikes, the error and v_pre.

        The sums are the gradient of the decay and, with a norm, those by channel of dy, then of dy (x - mean).
        """
        g, derror, dv_pre = grads
        dx = like(x, 1 if self.is_static else self.T, x.dtype)
        g = like(x, 1, x.dtype).zero_().expand(self.T, *x.shape[1:]) if g is None else laid_out_as(x, g)
        dv_pre = None if dv_pre is None else like(x, self.T, dv_pre.dtype).copy_(dv_pre)
        shape = self.shape(x, norm)
        shape.g_stride = g.stride(0)
        c = 0.0 if derror is None else 2 * float(derror) / (self.T * shape.neurons)
        return dx, self.run("backward", shape, c, 1 + 2 * shape.channels, [x, g, dv_pre, dx], norm)

    def shape(self, x: Tensor, norm: Affine | None) -> Shape:
        """Return what the code must know of x and of what stands before the neuron."""
        sizes = {"T": self.T, "neurons": x[0].numel(), "x_stride": x.stride(0), "block": BLOCK}
        if norm is not None:
            sizes |= {"channels": len(norm.weight), "block": NORM_BLOCK}
            sizes["r_stride"] = 0 if norm.residual is None else norm.residual.stride(0)
        options = {"is_static": self.is_static, "is_measured": self.is_measured}
        return Shape(**sizes, threads=torch.get_num_threads(), **options)

    def run(
        self, function: str, shape: Shape, c: float, columns: int, tensors: list[Tensor | None], norm: Affine | None
    ) -> Float[Tensor, " columns"]:
        """Run a function of the code; returns its sums over neurons in float64."""
        assert tensors[0] is not None
        real = ctypes.c_double if tensors[0].dtype == torch.float64 else ctypes.c_float
        sums = torch.empty(max(1, -(-shape.neurons // shape.block)), columns, dtype=torch.float64)
        numbers = (real * 7)(*self.numbers, c)
        given = [*tensors, *(norm or [None] * 5), sums]
        pointers = [ctypes.c_void_p(None if tensor is None else tensor.data_ptr()) for tensor in given]
        getattr(self.code, function)(ctypes.byref(shape), numbers, *pointers)
        return sums[0]


class CompiledLif(torch.autograd.Function):
    """Forward stores x, which is dense, and what makes it the current; backward recomputes v_pre from these.

    With an `Affine` of the current, `through` turns dy and the sums of `Call.backward` into the gradients of x and of
    what the `Affine` holds.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, decay: Tensor | None, call: Call, through: Through | None, *affine: Any
    ) -> tuple[Tensor | None, ...]:
        spikes, v_pre, figures = call.forward(x, Affine(*affine) if through else None)
        ctx.save_for_backward(x, decay, *affine)
        ctx.call, ctx.through = call, through
        ctx.set_materialize_grads(False)
        (rate, error, rectified), potential = figures[:3].unbind(), figures[3:]
        ctx.mark_non_differentiable(rate, rectified, potential)
        return spikes, rate, error, rectified, potential if call.is_measured else None, v_pre

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        x, decay, *affine = ctx.saved_tensors
        norm = Affine(*affine) if ctx.through else None
        dx, sums = ctx.call.backward(x, (grads[0], grads[2], grads[5]), norm)
        ddecay = None if decay is None else sums[0].to(decay.dtype)
        dx, *more = ctx.through(x, dx, sums[1:], norm) if ctx.through else (dx,)
        return dx, ddecay, None, None, *more


def fire(
    x: Float[Tensor, "S N *feat"],
    decay: float | Float[Tensor, ""],
    call: Call,
    norm: Affine | None = None,
    through: Through | None = None,
) -> LifOutput:
    """Compute the neurons of a `call` that was prepared for x, of the current that x is, or that a norm makes of it."""
    learned = decay.to(state_dtype(x)) if isinstance(decay, Tensor) else None
    spikes, rate, error, rectified, *more = CompiledLif.apply(x, learned, call, through, *(norm or ()))
    return LifOutput(spikes, rate, error, rectified if call.is_rectified else None, *more)


def lif(
    x: Float[Tensor, "S N *feat"],
    constants: Constants,
    surrogate: Surrogate,
    rectifier: Rectifier | None = None,
    *,
    T: int | None = None,
    return_v_pre: bool = False,
) -> LifOutput:
    """Compute `snnexp.ops.lif.reference.lif`, which it calls for float16 and where nothing can be compiled."""
    number, x = steps(x, T), dense(x)
    call = prepare(x, constants, surrogate, rectifier, number, T is not None, return_v_pre)
    if call is None:
        return reference.lif(x, constants, surrogate, rectifier, T=T, return_v_pre=return_v_pre)
    return fire(x, constants.decay, call)


def prepare(
    x: Tensor,
    constants: Constants,
    surrogate: Surrogate,
    rectifier: Rectifier | None,
    T: int,
    is_static: bool,
    return_v_pre: bool,
) -> Call | None:
    """Return the call that computes T steps of these neurons on x, or None where nothing can be compiled for them."""
    k, decay = constants, constants.decay
    phi = None if rectifier is None else (str(rectifier.cpp), str(rectifier.cpp_derivative))
    options = k.strict, k.reset == "soft", k.detach_reset, k.detach_state, k.decay_input, isinstance(decay, Tensor)
    known = x.dtype in TYPES and surrogate.cpp is not None
    code = library(NeuronCode(x.dtype, str(surrogate.cpp), phi, *options)) if known else None
    if code is None:
        return None
    fixed = decay.detach().to(state_dtype(x)) if isinstance(decay, Tensor) else decay
    b = float(1 - fixed) if k.decay_input else 1.0
    half_width = math.nan if surrogate.half_width is None else surrogate.half_width
    numbers = float(fixed), b, k.v_threshold, k.v_reset, k.v_subtract, half_width
    is_measured = MEASURING.get() and not torch.is_grad_enabled()  # no compiler's trace comes here
    return Call(code, numbers, T, is_static, return_v_pre, is_measured, rectifier is not None)
