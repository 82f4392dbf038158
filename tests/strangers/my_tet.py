"""Temporal efficient training: the cross-entropy of each time step in place of that of the mean."""

import torch
import torch.nn.functional as F
from torch import Tensor

from snnexp.errors import UserError
from snnexp.losses.base import Loss


class MyTet(Loss):
    """(1 - lam) mean_t CE(logits[t], y) + lam mean (logits - phi)^2. Source: Deng et al. 2022, TET_loss.

    Raises:
        UserError: a share outside [0, 1].
    """

    per_step = True

    def __init__(self, *, lam: float, phi: float) -> None:
        if not 0 <= lam <= 1:
            raise UserError(f"loss.lam={lam}: must lie in [0, 1]")
        self.lam, self.phi = lam, phi

    def __call__(self, logits: Tensor, y: Tensor, progress: Tensor) -> Tensor:
        steps = torch.stack([F.cross_entropy(each, y) for each in logits]).mean()
        return (1 - self.lam) * steps + self.lam * (logits - self.phi).square().mean()
