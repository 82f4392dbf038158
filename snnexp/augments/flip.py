"""Random horizontal flip."""

import torch
from jaxtyping import Int64, Shaped
from torch import Generator, Tensor

from snnexp.augments.base import Transform
from snnexp.errors import require
from snnexp.machine.transfer import send


class Flip(Transform):
    """Mirrors left and right with probability `p`; draws 1 to flip, 0 to leave.

    Raises:
        UserError: p outside [0, 1].
    """

    columns = 1

    def __init__(self, *, p: float = 0.5) -> None:
        require(0 <= p <= 1, f"augment.flip.p={p}: must lie in [0, 1]")
        self.p = p

    def draw(self, n: int, size: tuple[int, int], generator: Generator) -> Int64[Tensor, "n 1"]:
        return (torch.rand(n, 1, generator=generator) < self.p).long()

    def __call__(self, images: Shaped[Tensor, "N C H W"], draws: Int64[Tensor, "N 1"]) -> Shaped[Tensor, "N C H W"]:
        flipped = send(draws, images.device).bool()[:, :, None, None]
        return torch.where(flipped, images.flip(-1), images)
