"""Cross-entropy of the last time step alone."""

import torch.nn.functional as F
from torch import Tensor

from snnexp.errors import UserError
from snnexp.losses.base import Loss


class LastStep(Loss):
    """CE(logits[T - 1], y), targets smoothed by `smoothing`.

    Raises:
        UserError: a smoothing outside [0, 1).
    """

    per_step = True

    def __init__(self, *, smoothing: float) -> None:
        if not 0 <= smoothing < 1:
            raise UserError(f"loss.smoothing={smoothing}: must lie in [0, 1)")
        self.smoothing = smoothing

    def __call__(self, logits: Tensor, y: Tensor, progress: Tensor) -> Tensor:
        return F.cross_entropy(logits[-1], y, label_smoothing=self.smoothing)
