"""What a training makes small: the loss of a network's logits, and every penalty on its layers' records."""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from snnexp.neurons.base import Record
from snnexp.recording import recording
from snnexp.regularizers.base import Regularizer

Loss = Callable[[Float[Tensor, "N K"], Int64[Tensor, "N"]], Float[Tensor, ""]]


class Objective:
    """loss(network(x), y) + sum of penalty(records, progress) over the regularizers.

    `progress` = epoch / epochs lies on the device, so that no Python number is frozen into a captured step.
    """

    def __init__(
        self, network: nn.Module, loss: Loss, regularizers: Sequence[Regularizer], device: torch.device, amp: bool
    ) -> None:
        self.network, self.loss, self.regularizers = network, loss, regularizers
        self.device, self.amp = device, amp
        self.needs = frozenset[str]().union(*(r.needs for r in regularizers))
        self.progress = torch.zeros((), device=device)

    def __call__(
        self, x: Float[Tensor, "..."], y: Int64[Tensor, "N"]
    ) -> tuple[Float[Tensor, "N K"], Float[Tensor, ""], Float[Tensor, ""], list[Record]]:
        """Logits, the loss with every penalty, the sum of the penalties alone, and the layers' records."""
        with recording(self.needs) as records:
            logits = self.forward(x)
            loss = self.loss(logits, y)
            penalties = torch.zeros_like(loss)
            for regularizer in self.regularizers:
                penalty = regularizer.penalty(records, self.progress)
                if penalty is not None:
                    loss, penalties = loss + penalty, penalties + penalty.detach()
        return logits, loss, penalties, records

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "N K"]:
        """Logits; with `amp` the network computes in bfloat16 where it may, and the loss in float32 all the same."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.amp):
            logits = self.network(x)
        return logits.float() if self.amp else logits
