"""CutMix: a rectangle of another sample, and as much of its class."""

from torchvision.transforms import v2

from snnexp.mixings.base import Mixing


class Cutmix(Mixing):
    """x[i] with a rectangle of x[i - 1], in all channels and steps; of its class as much as of its area.

    The rectangle's share of the area is 1 - lam, lam ~ Beta(alpha, alpha), less what lies beyond the border; its centre
    is uniform over the pixels. Source: Yun et al. 2019, arXiv 1905.04899; torchvision's CutMix.

    Raises:
        UserError: an alpha of 0 or below.
    """

    def __init__(self, classes: int, *, alpha: float) -> None:
        super().__init__(v2.CutMix, "cutmix", classes, alpha)
