"""The LIF operator on a piece of a longer input: the potential comes in, and goes out."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.ops.layout import state_dtype, steps
from snnexp.ops.lif import Constants, LifOutput, Rectifier, lif
from snnexp.surrogates.base import Surrogate


def stream(
    x: Float[Tensor, "S N *feat"],
    v: Float[Tensor, "N *feat"],
    constants: Constants,
    surrogate: Surrogate,
    rectifier: Rectifier | None = None,
    *,
    T: int | None = None,
    return_v_pre: bool = False,
) -> LifOutput:
    """Compute LIF neurons over T steps from a potential v; the output's `v` is the potential behind the last step.

    The operator begins at 0, so v comes in by the first step's current, and the input is scaled here:

        x'[t] = b x[t]          b = 1 - decay if decay_input else 1
        x'[0] = b x[0] + decay v

    Pieces give what the whole input gives, gradients too; `v.detach()` between them is truncated backpropagation
    through time. The statistics are those of the piece. Nothing of this is stated in C++ or Triton: each form has it.

    Raises:
        ValueError: a v that has not the shape of one step; see also `steps`.
    """
    if v.shape != x.shape[1:]:
        raise ValueError(f"v of shape {tuple(v.shape)}: must have that of one step of x, {tuple(x.shape[1:])}")
    k, dtype = constants, state_dtype(x)
    current = x.to(dtype).expand(steps(x, T), *x.shape[1:])
    decay = k.decay.to(dtype) if isinstance(k.decay, Tensor) else k.decay
    if k.decay_input:
        current = (1 - decay) * current
    before = v.to(dtype).detach() if k.detach_state else v.to(dtype)
    current = torch.cat([(decay * before + current[0])[None], current[1:]])
    out = lif(current, replace(k, decay_input=False), surrogate, rectifier, return_v_pre=True)
    assert out.v_pre is not None
    v_pre, s = out.v_pre[-1], out.spikes[-1]
    r = s.detach() if k.detach_reset else s
    after = (1 - r) * v_pre + k.v_reset * r if k.reset == "hard" else v_pre - k.v_subtract * r
    return out._replace(spikes=out.spikes.to(x.dtype), v_pre=out.v_pre if return_v_pre else None, v=after)
