"""Random crop of an image padded with zeros."""

import torch
from jaxtyping import Int64, Shaped
from torch import Generator, Tensor
from torch.nn.functional import pad

from snnexp.augments.base import Transform
from snnexp.errors import require
from snnexp.machine.transfer import send


class Crop(Transform):
    """Pads by `padding` pixels of 0 on each side and cuts out the old size, each place as likely; draws (top, left).

    Raises:
        UserError: a padding below 0.
    """

    columns = 2

    def __init__(self, *, padding: int) -> None:
        require(padding >= 0, f"augment.crop.padding={padding}: must be 0 or above")
        self.padding = padding

    def draw(self, n: int, size: tuple[int, int], generator: Generator) -> Int64[Tensor, "n 2"]:
        return torch.randint(2 * self.padding + 1, (n, 2), generator=generator)

    def __call__(self, images: Shaped[Tensor, "N C H W"], draws: Int64[Tensor, "N 2"]) -> Shaped[Tensor, "N C H W"]:
        height, width = images.shape[-2:]
        top, left = send(draws, images.device).unbind(1)
        windows = pad(images, [self.padding] * 4).unfold(2, height, 1).unfold(3, width, 1)
        return windows[torch.arange(len(images), device=images.device), :, top, left]
