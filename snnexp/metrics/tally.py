"""Loss and accuracy of the samples that a network is trained on, as they go by."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor


class Tally:
    """Sums over samples in float64, changed in place on the device: a captured step can add to them."""

    def __init__(self, device: torch.device) -> None:
        self.sums = torch.zeros(3, dtype=torch.float64, device=device)  # samples, loss, right answers

    def row(self, logits: Float[Tensor, "N K"], y: Int64[Tensor, "N"], loss: Float[Tensor, ""]) -> Float[Tensor, "3"]:
        """What a batch adds to the sums."""
        n = torch.full_like(loss, len(y), dtype=torch.float64)
        return torch.stack([n, n * loss, (logits.argmax(1) == y).sum().double()])

    def add(self, row: Float[Tensor, "3"], left_out: Bool[Tensor, ""]) -> None:
        """Add a batch, unless it is left out."""
        self.sums += torch.where(left_out, 0.0, row)  # not a product: 0 times NaN is NaN

    def compute(self) -> dict[str, float]:
        """Mean loss and accuracy; NaN where every batch was left out."""
        samples, loss, right = self.sums.tolist()
        return {"loss": loss / samples, "accuracy": right / samples} if samples else dict.fromkeys(NAMES, float("nan"))


NAMES = ("loss", "accuracy")
