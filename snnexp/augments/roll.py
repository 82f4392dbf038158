"""Random shift that brings back on the other side what leaves on one."""

import torch
from jaxtyping import Int64, Shaped
from torch import Generator, Tensor

from snnexp.augments.base import Transform
from snnexp.errors import require
from snnexp.machine.transfer import send


class Roll(Transform):
    """Shifts rows and columns, wrapped around, by -`pixels` to `pixels` each, all as likely; draws (down, right).

    Raises:
        UserError: pixels below 0.
    """

    columns = 2

    def __init__(self, *, pixels: int) -> None:
        require(pixels >= 0, f"augment.roll.pixels={pixels}: must be 0 or above")
        self.pixels = pixels

    def draw(self, n: int, size: tuple[int, int], generator: Generator) -> Int64[Tensor, "n 2"]:
        return torch.randint(-self.pixels, self.pixels + 1, (n, 2), generator=generator)

    def __call__(self, images: Shaped[Tensor, "N C H W"], draws: Int64[Tensor, "N 2"]) -> Shaped[Tensor, "N C H W"]:
        height, width = images.shape[-2:]
        device = images.device
        down, right = send(draws, device)[:, :, None].unbind(1)
        rows = (torch.arange(height, device=device) - down) % height
        columns = (torch.arange(width, device=device) - right) % width
        sample = torch.arange(len(images), device=device)[:, None, None]
        # the channels come last where indices stand on both sides of them
        return images[sample, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2).contiguous()
