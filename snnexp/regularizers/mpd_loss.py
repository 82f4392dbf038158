"""MPD-Loss of RecDis-SNN (CVPR 2022): penalties on the distribution of membrane potentials."""

import torch
from jaxtyping import Float
from torch import Tensor

from snnexp.errors import UserError, require
from snnexp.neurons.base import SpikingLayer
from snnexp.regularizers.base import Outputs, Regularizer

LEAST = 1e-12  # of a variance: the root has no gradient at 0, which a silent channel has


class MpdLoss(Regularizer):
    """weight * mean over layers and channels of degeneration + saturation + mismatch.

        degeneration = max(0, m^2 - s^2)          nearly all neurons fire, or nearly none
        saturation   = max(0, s - widest)^2       most potentials lie where the surrogate has no gradient
        mismatch     = max(0, nearest - |m| - s)^2    most lie about the threshold, where it is least like a step

    m and s are mean and standard deviation of v_pre - threshold over steps, samples and places. The paper names the
    three; its formulas were not seen. These are the ones of Ding et al. 2019 (DistributionLoss), from which it comes,
    for a threshold in place of 0.

    Raises:
        UserError: a negative weight, or a neuron with another threshold.
    """

    needs = frozenset({"v_pre"})
    is_binary = True

    def __init__(self, *, weight: float, threshold: float, nearest: float, widest: float) -> None:
        require(weight >= 0, f"regularizer.mpd_loss.weight={weight}: must not be negative")
        self.weight, self.threshold, self.nearest, self.widest = weight, threshold, nearest, widest

    def check(self, neuron: SpikingLayer) -> None:
        super().check(neuron)
        if neuron.v_threshold != self.threshold:
            what = f"a neuron's threshold is {neuron.v_threshold}; mpd_loss knows one for all"
            raise UserError(f"regularizer.mpd_loss.threshold={self.threshold}: {what}")

    def penalty(self, outputs: Outputs) -> Float[Tensor, ""]:
        potentials = [record.v_pre for record in outputs.records if record.v_pre is not None]
        return self.weight * torch.stack([self.shifts(v_pre - self.threshold) for v_pre in potentials]).mean()

    def shifts(self, z: Float[Tensor, "T N C *space"]) -> Float[Tensor, ""]:
        """Compute the three terms of one layer, a mean over its channels."""
        var, m = torch.var_mean(z, dim=[d for d in range(z.dim()) if d != 2], correction=0)
        s = var.clamp(min=LEAST).sqrt()
        degeneration = (m.square() - var).clamp(min=0)
        saturation = (s - self.widest).clamp(min=0).square()
        mismatch = (self.nearest - m.abs() - s).clamp(min=0).square()
        return (degeneration + saturation + mismatch).mean()
