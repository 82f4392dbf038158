"""Gated LIF neuron: each channel learns how it leaks, takes in its current and is reset."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.errors import require
from snnexp.neurons.base import Site
from snnexp.neurons.layers import Stepwise
from snnexp.ops.lif import spike
from snnexp.surrogates.base import Surrogate

State = tuple[int, Tensor, Tensor]
GATES = ("alpha", "beta", "gamma")


class Glif(Stepwise):
    """Gates between two kinds of leak (alpha), of input (beta) and of reset (gamma), all learned for each channel.

        leak     = 1 - alpha (1 - decay)
        v_pre[t] = leak v_pre[t-1] - (1 - alpha) linear_decay + (1 - beta (1 - conductance[t])) x[t]
                   - s[t-1] (gamma leak v_pre[t-1] + (1 - gamma) v_subtract)
        s[t]     = v_pre[t] >= v_threshold

    Each of the eight is the sigmoid of a parameter, `conductance` of one for each step. Gates begin near 1/2, at the
    sigmoid of draws from U(-0.1, 0.1), all others at their constants here; without a `linear_decay` it begins at
    v_threshold / (2 T). The potential that is recorded is v_pre less what the threshold has moved by.

    Source: Yao et al. 2022, arXiv 2210.13768, channel-wise; SpikingJelly, GatedLIFNode.

    Raises:
        UserError: a constant that no sigmoid gives.
    """

    def __init__(
        self,
        site: Site,
        surrogate: Surrogate,
        *,
        decay: float,
        linear_decay: float | None,
        v_threshold: float,
        v_subtract: float,
        conductance: float,
    ) -> None:
        super().__init__(site, surrogate)
        self.v_threshold = v_threshold
        linear_decay = v_threshold / (2 * site.T) if linear_decay is None else linear_decay
        starts = {"decay": decay, "linear_decay": linear_decay, "v_threshold": v_threshold, "v_subtract": v_subtract}
        for name, start in (starts | {"conductance": conductance}).items():
            require(0 < start < 1, f"neuron.{name}={start}: must lie between 0 and 1 for glif")
        self.logits = nn.ParameterDict({name: torch.full([site.channels], start) for name, start in starts.items()})
        self.logits.update({name: torch.zeros(site.channels) for name in GATES})
        self.logits["conductance"] = torch.full([site.T, site.channels], conductance)
        for name in (*starts, "conductance"):
            self.logits[name].data.logit_()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the gates."""
        for name in GATES:
            nn.init.uniform_(self.logits[name], -0.1, 0.1)

    def step(self, x: Float[Tensor, "N C *feat"], state: State | None) -> tuple[Tensor, Tensor, State]:
        t, v, s = state or (0, torch.zeros_like(x), torch.zeros_like(x))
        shape = [-1, *[1] * (x.dim() - 2)]
        now = {name: value[t] if name == "conductance" else value for name, value in self.logits.items()}
        p = {name: value.sigmoid().view(shape) for name, value in now.items()}
        leak = 1 - p["alpha"] * (1 - p["decay"])
        charged = leak * v - (1 - p["alpha"]) * p["linear_decay"] + (1 - p["beta"] * (1 - p["conductance"])) * x
        v_pre = charged - s * (p["gamma"] * leak * v + (1 - p["gamma"]) * p["v_subtract"])
        compared = v_pre - (p["v_threshold"] - self.v_threshold)
        s = spike(compared, self.v_threshold, self.surrogate, strict=False)
        return compared, s, (t + 1, v_pre, s)
