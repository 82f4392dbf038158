"""Any neuron over T steps: its time step again and again, and the statistics that every layer reports."""

import functools
import importlib.util
import logging
import os
import time
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.ops.base.library import cache_folder, works
from snnexp.ops.layout import state_dtype, steps
from snnexp.ops.lif.base import LifOutput, Window, measures
from snnexp.ops.lif.reference import measure

log = logging.getLogger(__name__)
LEAST = 2**20  # elements of x from which on compiled code is used: below, compiling costs more than it gains
SHAPES = 256  # of all layers together that are compiled for, in training and in evaluation
Step = Callable[[Tensor, Any], tuple[Tensor, Tensor, Any]]
Walked = tuple[Tensor, Tensor, Tensor, Tensor | None, Tensor | None]


def scan(step: Step, x: Float[Tensor, "S N *feat"], window: Window, *, T: int | None, return_v_pre: bool) -> LifOutput:
    """Compute v_pre[t], s[t], state = step(x[t], state) from the state None; statistics as those of `lif`.

    With `T`, x is one step that stands for T equal ones. Large x are walked by code that `torch.compile` makes of the
    T steps, forward and backward. Source of the statistics: `snnexp.ops.lif.reference.lif`.

    Raises:
        ValueError: see `steps`.
    """
    compiles = x.numel() >= LEAST and not torch.compiler.is_compiling() and can_compile(x.device.type)
    run = by_compiler() if compiles else walk
    spikes, rate, error, potential, v_pre = run(step, x, window, steps(x, T), return_v_pre)
    return LifOutput(spikes, rate, error, potential=potential, v_pre=v_pre)


def walk(step: Step, x: Float[Tensor, "S N *feat"], window: Window, T: int, return_v_pre: bool) -> Walked:
    """Return spikes, firing rate, quantization error, `LifOutput.potential` and, if wanted, v_pre of T steps."""
    dtype, static, x = x.dtype, x.shape[0] == 1, x.to(state_dtype(x))
    state, spikes, v_pres, rates, errors, potentials = None, [], [], [], [], []
    for t in range(T):
        v_pre, s, state = step(x[0 if static else t], state)
        fixed = s.detach()
        rates.append(
            fixed.abs().mean()
        )  # -1 is a spike, too; a mean for each step: compiled, it takes no pass of its own over memory
        errors.append((v_pre - fixed).square().mean())
        if measures():
            potentials.append(measure(v_pre, v_pre, window))
        spikes.append(s)
        v_pres.append(v_pre)
    kept = torch.stack(v_pres) if return_v_pre else None
    potential = torch.stack(potentials).mean(0) if potentials else None
    return torch.stack(spikes).to(dtype), torch.stack(rates).mean(), torch.stack(errors).mean(), potential, kept


@functools.cache
def can_compile(device: str) -> bool:
    """Return whether `torch.compile` has a C++ compiler on a CPU, Triton on CUDA, and a folder of its own."""
    try:
        # else it runs what lies below the temporary folder, where others may have put it
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache_folder() / "torch"))
    except OSError as error:
        log.warning("nothing is compiled for neurons of one's own step: %s", error)
        return False
    return works() if device == "cpu" else importlib.util.find_spec("triton") is not None


class Compiled:
    """`walk` by code of its own for each neuron and shape, and as it is for a neuron that cannot be compiled.

    A fixed shape has the same code whatever ran before, so that a resumed run has the same bits.
    """

    def __init__(self) -> None:
        from torch._dynamo import config  # late: its import takes seconds

        config.recompile_limit = SHAPES
        self.run = torch.compile(walk, dynamic=False, fullgraph=True)
        self.seen: set[tuple[Any, ...]] = set()
        self.refused: set[type] = set()

    def __call__(self, step: Step, x: Float[Tensor, "S N *feat"], window: Window, T: int, return_v_pre: bool) -> Walked:
        from torch._dynamo.exc import TorchDynamoException

        kind = type(getattr(step, "__self__", step))
        if kind in self.refused:
            return walk(step, x, window, T, return_v_pre)
        key = kind, x.shape, x.dtype, x.device, return_v_pre, torch.is_grad_enabled()
        start = time.perf_counter()
        try:
            found = self.run(step, x, window, T, return_v_pre)
        except TorchDynamoException as error:
            self.refused.add(kind)
            cause = str(error).strip().partition("\n")[0]
            log.warning("%s cannot be compiled and runs step by step, slower: %s", kind.__name__, cause)
            return walk(step, x, window, T, return_v_pre)
        if key not in self.seen:
            self.seen.add(key)
            took = time.perf_counter() - start
            log.info("compiled %s for %s in %.1f s", kind.__name__, list(x.shape), took)
        return found


by_compiler = functools.cache(Compiled)
