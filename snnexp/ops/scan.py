"""Any neuron over T steps: its time step again and again, and the statistics that every layer reports."""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.ops.lif.base import LifOutput, state_dtype, steps

Step = Callable[[Tensor, Any], tuple[Tensor, Tensor, Any]]


def scan(step: Step, x: Float[Tensor, "S N *feat"], *, T: int | None, return_v_pre: bool) -> LifOutput:
    """Compute v_pre[t], s[t], state = step(x[t], state) from the state None; statistics as those of `lif`.

    With `T`, x is one step that stands for T equal ones. Source of the statistics: `snnexp.ops.lif.reference.lif`.

    Raises:
        ValueError: see `steps`.
    """
    dtype, x = x.dtype, x.to(state_dtype(x))
    state, spikes, v_pres = None, [], []
    for t in range(steps(x, T)):
        v_pre, s, state = step(x[t if T is None else 0], state)
        spikes.append(s)
        v_pres.append(v_pre)
    s, v_pre = torch.stack(spikes), torch.stack(v_pres)
    fixed = s.detach()
    error = (v_pre - fixed).square().mean()
    return LifOutput(s.to(dtype), fixed.mean(), error, v_pre=v_pre if return_v_pre else None)
