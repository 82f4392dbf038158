"""Temporal efficient training: the cross-entropy of each time step in place of that of the mean."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from snnexp.errors import require
from snnexp.losses.base import Loss, Targets


class Tet(Loss):
    """(1 - lam) mean over t of CE(logits[t], y) + lam mean (logits - phi)^2.

    The second term keeps the output of a step from running away from that of the others. Source: Deng et al. 2022,
    TET, TET_loss of their repository.

    Raises:
        UserError: a `lam` outside [0, 1].
    """

    per_step = True

    def __init__(self, *, lam: float, phi: float) -> None:
        require(0 <= lam <= 1, f"loss.lam={lam}: must lie in [0, 1]")
        self.lam, self.phi = lam, phi

    def __call__(self, logits: Float[Tensor, "T N K"], y: Targets, progress: Float[Tensor, ""]) -> Float[Tensor, ""]:
        T = logits.shape[0]
        steps = F.cross_entropy(logits.flatten(0, 1), y.repeat(T, *[1] * (y.dim() - 1)))
        return (1 - self.lam) * steps + self.lam * (logits - self.phi).square().mean()
