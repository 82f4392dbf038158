"""LIF trained by gradients through space alone (SLTT)."""

from typing import Any

from jaxtyping import Float
from torch import Tensor

from snnexp.neurons.layers import LifLayer


class SlttLif(LifLayer):
    """LIF whose gradient does not go back in time: in v_pre[t] = decay v[t-1] + b x[t], v[t-1] is a constant.

    Spikes are those of `snnexp.neurons.lif.Lif`. Without penalties on the potential dx[t] = b ds[t] ds/dv_pre[t]: no
    gradient comes from later steps, nor through a reset.

    Source: Meng et al., ICCV 2023, arXiv 2302.14311.
    """

    def __init__(self, *args: Any, **constants: Any) -> None:
        super().__init__(*args, **constants | {"detach_state": True})

    def leak(self) -> float | Float[Tensor, ""]:
        return self.constants.decay
