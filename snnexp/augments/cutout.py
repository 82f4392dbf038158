"""Cutout: one square of zeros an image."""

import torch
from jaxtyping import Bool, Int64, Shaped
from torch import Generator, Tensor

from snnexp.augments.base import Transform
from snnexp.errors import require
from snnexp.machine.transfer import send


class Cutout(Transform):
    """Sets one `size` x `size` square to 0 (DeVries and Taylor 2017), clipped at the border; draws its centre (y, x).

    The centre is uniform over the pixels; of an even size, one pixel more lies before it than after.

    Raises:
        UserError: a size below 1.
    """

    columns = 2

    def __init__(self, *, size: int) -> None:
        require(size >= 1, f"augment.cutout.size={size}: must be 1 or above")
        self.size = size

    def draw(self, n: int, size: tuple[int, int], generator: Generator) -> Int64[Tensor, "n 2"]:
        return torch.cat([torch.randint(extent, (n, 1), generator=generator) for extent in size], dim=1)

    def __call__(self, images: Shaped[Tensor, "N C H W"], draws: Int64[Tensor, "N 2"]) -> Shaped[Tensor, "N C H W"]:
        y, x = send(draws, images.device).unbind(1)
        rows = self.covered(y, images.shape[-2])
        columns = self.covered(x, images.shape[-1])
        return images.masked_fill(rows[:, None, :, None] & columns[:, None, None, :], 0)

    def covered(self, centre: Int64[Tensor, " N"], extent: int) -> Bool[Tensor, "N extent"]:
        """Return which of an axis's pixels lie in the square."""
        offset = torch.arange(extent, device=centre.device) - centre[:, None] + self.size // 2
        return (offset >= 0) & (offset < self.size)
