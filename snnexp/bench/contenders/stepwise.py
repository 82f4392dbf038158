"""An adaptive LIF neuron stated by one time step: compiled over T, or as a plain loop (variant "plain")."""

from typing import Any

from torch import Tensor

from snnexp.bench.base.cases import LifCase
from snnexp.bench.base.inputs import DECAY, SURROGATE, V_THRESHOLD, differentiated
from snnexp.bench.base.timing import Run
from snnexp.ops.lif import Window, spike
from snnexp.ops.scan import scan, walk

BETA, RHO = 0.2, 0.9
WINDOW = Window((V_THRESHOLD,), SURROGATE.half_width)


def lif(case: LifCase, variant: str) -> Run:
    """Run the neuron with its statistics, forward and backward."""

    def compiled(x: Tensor) -> Tensor:
        return scan(step, x, WINDOW, T=None, return_v_pre=False).spikes

    def plain(x: Tensor) -> Tensor:
        return walk(step, x, WINDOW, len(x), False)[0]

    return differentiated(case, plain if variant == "plain" else compiled)


def step(x: Tensor, state: Any) -> tuple[Tensor, Tensor, Any]:
    """Compute v_pre = decay v + x; s = v_pre > v_threshold + beta a; v = v_pre - v_threshold s; a = rho a + s."""
    v, a = (0.0, 0.0) if state is None else state
    v_pre = DECAY * v + x
    s = spike(v_pre - BETA * a, V_THRESHOLD, SURROGATE)
    return v_pre, s, (v_pre - V_THRESHOLD * s, RHO * a + s)
