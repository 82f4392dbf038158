"""Mixup: samples and classes as weighted means of two."""

from torchvision.transforms import v2

from snnexp.mixings.base import Mixing


class Mixup(Mixing):
    """x = lam x[i] + (1 - lam) x[i - 1], and so the classes, one-hot; lam ~ Beta(alpha, alpha), one for a batch.

    Source: Zhang et al. 2018, arXiv 1710.09412; torchvision's MixUp.

    Raises:
        UserError: an alpha of 0 or below.
    """

    def __init__(self, classes: int, *, alpha: float) -> None:
        super().__init__(v2.MixUp, "mixup", classes, alpha)
