"""Cross-entropy of the time-averaged logits."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from snnexp.errors import require
from snnexp.losses.base import Loss, Targets


class CrossEntropy(Loss):
    """Mean over the batch of -log softmax(logits)[y], logits averaged over T; targets smoothed by `label_smoothing`.

    Raises:
        UserError: a smoothing outside [0, 1).
    """

    def __init__(self, *, label_smoothing: float) -> None:
        require(0 <= label_smoothing < 1, f"loss.label_smoothing={label_smoothing}: must lie in [0, 1)")
        self.label_smoothing = label_smoothing

    def __call__(self, logits: Float[Tensor, "N K"], y: Targets, progress: Float[Tensor, ""]) -> Float[Tensor, ""]:
        return F.cross_entropy(logits, y, label_smoothing=self.label_smoothing)
