"""What a training makes small: the loss of a network's logits, and every penalty on its layers' records."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from snnexp.errors import UserError
from snnexp.losses.base import Loss, Targets
from snnexp.neurons.base import TENSORS, Record, recording
from snnexp.regularizers.base import Outputs, Regularizer
from snnexp.surrogates.base import Surrogate


class Objective:
    """loss(network(x), y) + sum of penalty(outputs) over the regularizers.

    `progress` = epoch / epochs lies on the device, so that no Python number is frozen into a captured step.

    Raises:
        UserError: a regularizer needs what no record holds.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        regularizers: Sequence[Regularizer],
        device: torch.device,
        amp: bool,
        progress: Float[Tensor, ""] | None = None,
    ) -> None:
        self.network, self.loss, self.regularizers = network, loss, regularizers
        self.device, self.amp = device, amp
        self.needs = frozenset[str]().union(*(r.needs for r in regularizers))
        if unknown := sorted(self.needs - TENSORS):
            raise UserError(f"regularizer: needs {unknown[0]!r}; records hold {', '.join(sorted(TENSORS))}")
        self.progress = torch.zeros((), device=device) if progress is None else progress
        for module in network.modules():
            if isinstance(surrogate := getattr(module, "surrogate", None), Surrogate):
                surrogate.follow(self.progress)

    def of(self, network: nn.Module) -> "Objective":
        """Return the same of another network of the same kind, at the same progress always."""
        return Objective(network, self.loss, self.regularizers, self.device, self.amp, self.progress)

    def __call__(
        self, x: Float[Tensor, "..."], y: Targets
    ) -> tuple[Float[Tensor, "N K"], Float[Tensor, ""], Float[Tensor, ""], list[Record]]:
        """Return logits, the loss with every penalty, the sum of the penalties alone, and the layers' records."""
        with recording(self.needs) as records:
            logits, loss = self.predict(x, y)
            penalties = torch.zeros_like(loss)
            outputs = Outputs(logits, y, records, self.progress)
            for regularizer in self.regularizers:
                penalty = regularizer.penalty(outputs)
                if penalty is not None:
                    loss, penalties = loss + penalty, penalties + penalty.detach()
        return logits, loss, penalties, records

    def predict(self, x: Float[Tensor, "..."], y: Targets) -> tuple[Float[Tensor, "M K"], Float[Tensor, ""]]:
        """Compute the logits, their mean over T, and the loss; where a sample has several clips, each has its label."""
        logits = self.forward(x)
        clips = logits.shape[-2] // len(y)
        loss = self.loss(logits, y if clips == 1 else y.repeat_interleave(clips, 0), self.progress)
        return logits.mean(0) if self.loss.per_step else logits, loss

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "*T M K"]:
        """Compute the logits as the loss takes them.

        With `amp` the network computes in bfloat16 where it may, and the loss in float32 all the same.
        """
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.amp):
            logits = self.network(x, per_step=True) if self.loss.per_step else self.network(x)
        return logits.float() if self.amp else logits
