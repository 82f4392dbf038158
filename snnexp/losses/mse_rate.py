"""Squared error between output rates and the one-hot target, ASA's loss."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from snnexp.losses.base import Loss, Targets


class MseRate(Loss):
    """Mean over batch and classes of (rate - onehot(y))^2, the rate being the output averaged over T.

    Source: BICLab/ASA-SNN, nn.MSELoss on the mean firing rate.
    """

    def __call__(self, logits: Float[Tensor, "N K"], y: Targets, progress: Float[Tensor, ""]) -> Float[Tensor, ""]:
        targets = y if y.is_floating_point() else F.one_hot(y, logits.shape[1])
        return F.mse_loss(logits, targets.to(logits.dtype))
