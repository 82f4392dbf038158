"""Loss, penalty and accuracy of the samples that a network is trained on, as they go by."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

NAMES = ("loss", "penalty", "accuracy")


class Tally:
    """Sums over samples in float64, changed in place on the device: a captured step can add to them."""

    def __init__(self, device: torch.device) -> None:
        self.sums = torch.zeros(1 + len(NAMES), dtype=torch.float64, device=device)  # samples, and each name's sum

    def row(
        self,
        logits: Float[Tensor, "N K"],
        y: Int64[Tensor, "N"] | Float[Tensor, "N K"],
        loss: Float[Tensor, ""],
        penalty: Float[Tensor, ""],
    ) -> Float[Tensor, "4"]:
        """Return what a batch adds to the sums; of a weight for each class the heaviest is right."""
        classes = y.argmax(1) if y.is_floating_point() else y
        n = torch.full_like(loss, len(y), dtype=torch.float64)
        return torch.stack([n, n * loss, n * penalty, (logits.argmax(1) == classes).sum().double()])

    def add(self, row: Float[Tensor, "4"], left_out: Bool[Tensor, ""]) -> None:
        """Add a batch, unless it is left out."""
        self.sums += torch.where(left_out, 0.0, row)  # not a product: 0 times NaN is NaN

    def compute(self) -> dict[str, float]:
        """Return the mean loss, penalty within it and right answers over samples; NaN where none counted."""
        samples, *sums = self.sums.tolist()
        return {name: each / samples if samples else float("nan") for name, each in zip(NAMES, sums, strict=True)}
