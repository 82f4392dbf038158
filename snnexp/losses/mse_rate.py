"""Squared error between output rates and the one-hot target, ASA's loss."""

import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor


class MseRate:
    """Mean over batch and classes of (rate - onehot(y))^2, the rate being the output averaged over T.

    Source: BICLab/ASA-SNN, nn.MSELoss on the mean firing rate.
    """

    def __call__(self, logits: Float[Tensor, "N K"], y: Int64[Tensor, "N"]) -> Float[Tensor, ""]:
        return F.mse_loss(logits, F.one_hot(y, logits.shape[1]).to(logits.dtype))
