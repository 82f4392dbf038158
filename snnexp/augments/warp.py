"""Random rotation and shear about the middle of an image."""

import torch
from jaxtyping import Int64, Shaped
from torch import Generator, Tensor

from snnexp.augments.base import Transform
from snnexp.errors import require
from snnexp.machine.transfer import send

PARTS = 1000  # of a degree, in which angles are drawn


class Warp(Transform):
    """Turns by an angle up to `degrees` either way and shears along x by one up to `shear`; draws the two angles.

    A pixel takes the value of the nearest one at its source, (x, y) -> R(angle) (x + tan(shear) y, y) from the
    middle, so that counts of events stay counts; what lies outside is 0.

    Raises:
        UserError: angles outside [0, 180], or [0, 90) for the shear.
    """

    columns = 2

    def __init__(self, *, degrees: float, shear: float) -> None:
        require(0 <= degrees <= 180, f"augment.warp.degrees={degrees}: must lie between 0 and 180")
        require(0 <= shear < 90, f"augment.warp.shear={shear}: must be at least 0 and below 90")
        self.bounds = [round(PARTS * degrees), round(PARTS * shear)]

    def draw(self, n: int, size: tuple[int, int], generator: Generator) -> Int64[Tensor, "n 2"]:
        return torch.cat([torch.randint(-most, most + 1, (n, 1), generator=generator) for most in self.bounds], dim=1)

    def __call__(self, images: Shaped[Tensor, "N C H W"], draws: Int64[Tensor, "N 2"]) -> Shaped[Tensor, "N C H W"]:
        height, width = images.shape[-2:]
        angle, shear = (draws.double() / PARTS).deg2rad().unbind(1)  # on the CPU: the same on every device
        constants = send(torch.stack([angle.cos(), angle.sin(), shear.tan()]), images.device)
        cos, sin, tan = constants[:, :, None, None].unbind(0)
        place = {"dtype": torch.float64, "device": images.device}
        y = (torch.arange(height, **place) - (height - 1) / 2)[:, None]
        x = torch.arange(width, **place) - (width - 1) / 2 + tan * y
        column = (cos * x - sin * y + (width - 1) / 2).round().long()
        row = (sin * x + cos * y + (height - 1) / 2).round().long()
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        source = (row * width + column).where(inside, 0).flatten(1)[:, None].expand(-1, images.shape[1], -1)
        return images.flatten(2).gather(2, source).view_as(images) * inside[:, None].to(images.dtype)
