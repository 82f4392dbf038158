"""The LIF operator in plain PyTorch, one line an equation: the specification of the fast forms."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.ops.layout import state_dtype, steps
from snnexp.ops.lif.base import Constants, LifOutput, Rectifier, Window, measures
from snnexp.surrogates.base import Surrogate


class SpikeFunction(torch.autograd.Function):
    """Heaviside step of v_pre - v_threshold with a surrogate gradient in the backward pass."""

    @staticmethod
    def forward(ctx: Any, v_pre: Tensor, v_threshold: float, strict: bool, surrogate: Any, rectifier: Any) -> Tensor:
        ctx.save_for_backward(v_pre)
        ctx.constants = v_threshold, surrogate, rectifier
        return (v_pre > v_threshold if strict else v_pre >= v_threshold).to(v_pre.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (v_pre,) = ctx.saved_tensors
        v_threshold, surrogate, rectifier = ctx.constants
        if rectifier is None:
            return grads[0] * surrogate(v_pre - v_threshold), None, None, None, None
        slope = surrogate(rectifier(v_pre) - v_threshold) * rectifier.derivative(v_pre)
        return grads[0] * slope, None, None, None, None


def spike(
    v: Float[Tensor, "*shape"], v_threshold: float, surrogate: Surrogate, strict: bool = True
) -> Float[Tensor, "*shape"]:
    """Return 1 where v > v_threshold (>= unless strict), else 0, with the surrogate's gradient."""
    return SpikeFunction.apply(v, v_threshold, strict, surrogate, None)


def measure(v_pre: Float[Tensor, "*shape"], seen: Float[Tensor, "*shape"], window: Window) -> Float[Tensor, "3"]:
    """Compute mean v_pre, mean v_pre^2 and the share of what the surrogate has `seen` that lies in its window."""
    return torch.stack([v_pre.mean(), v_pre.square().mean(), window.share(seen)])


def lif(
    x: Float[Tensor, "S N *feat"],
    constants: Constants,
    surrogate: Surrogate,
    rectifier: Rectifier | None = None,
    *,
    T: int | None = None,
    return_v_pre: bool = False,
) -> LifOutput:
    """Run leaky integrate-and-fire neurons over T steps, from a potential of 0.

        v_pre[t] = decay v[t-1] + b x[t]            b = 1 - decay if decay_input else 1
        s[t]     = v_pre[t] > v_threshold           >= unless strict
        v[t]     = v_reset where s[t] else v_pre[t]  (hard)     v_pre[t] - v_subtract s[t]  (soft)

    `detach_reset` cuts the gradient through s in the reset. With `detach_state` v[t-1] is a constant, so that no
    gradient goes back in time: dv_pre[t]/dx[t'] = 0 for t' < t. With `T`, x is one step that stands for T equal ones.

    Raises:
        ValueError: see `steps`.
    """
    k, dtype, x = constants, x.dtype, x.to(state_dtype(x))
    decay = k.decay.to(x.dtype) if isinstance(k.decay, Tensor) else k.decay
    b = 1 - decay if k.decay_input else 1.0
    v = torch.zeros_like(x[0])
    window = Window((k.v_threshold,), surrogate.half_width)
    spikes, v_pres, errors, rectified, potentials = [], [], [], [], []
    for t in range(steps(x, T)):
        v_pre = decay * (v.detach() if k.detach_state else v) + b * x[t if T is None else 0]
        s = SpikeFunction.apply(v_pre, k.v_threshold, k.strict, surrogate, rectifier)
        fixed = s.detach()
        errors.append((v_pre - fixed).square().mean())
        seen = v_pre.detach() if rectifier is None else rectifier(v_pre.detach())
        if rectifier is not None:
            rectified.append((seen - fixed).square().mean())
        if measures():
            potentials.append(measure(v_pre, seen, window))
        r = fixed if k.detach_reset else s
        v = (1 - r) * v_pre + k.v_reset * r if k.reset == "hard" else v_pre - k.v_subtract * r
        spikes.append(s)
        v_pres.append(v_pre)
    s = torch.stack(spikes)
    return LifOutput(
        s.to(dtype),
        s.detach().mean(),
        torch.stack(errors).mean(),
        torch.stack(rectified).mean() if rectified else None,
        torch.stack(potentials).mean(0) if potentials else None,
        torch.stack(v_pres) if return_v_pre else None,
    )
