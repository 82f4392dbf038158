"""One transform of several for each image."""

import torch
from jaxtyping import Int64, Shaped
from torch import Generator, Tensor

from snnexp.augments.base import Transform
from snnexp.errors import UserError
from snnexp.machine.transfer import send


class OneOf(Transform):
    """Changes each image by one of the given transforms, all as likely; draws which, then what each of them draws.

    Raises:
        UserError: no transform.
    """

    def __init__(self, **transforms: Transform) -> None:
        if not transforms:
            raise UserError("augment: one_of needs one transform or more, as roll")
        self.transforms = list(transforms.values())
        self.columns = 1 + sum(transform.columns for transform in self.transforms)

    def draw(self, n: int, size: tuple[int, int], generator: Generator) -> Int64[Tensor, "n k"]:
        chosen = torch.randint(len(self.transforms), (n, 1), generator=generator)
        return torch.cat([chosen, *(transform.draw(n, size, generator) for transform in self.transforms)], dim=1)

    def __call__(self, images: Shaped[Tensor, "N C H W"], draws: Int64[Tensor, "N k"]) -> Shaped[Tensor, "N C H W"]:
        chosen, *parts = draws.split([1, *(transform.columns for transform in self.transforms)], dim=1)
        changed = images.clone()
        for index, (transform, part) in enumerate(zip(self.transforms, parts, strict=True)):
            rows = (chosen[:, 0] == index).nonzero()[:, 0]  # on the CPU, which waits for no device
            if len(rows):
                there = send(rows, images.device)
                changed[there] = transform(images[there], part[rows])
        return changed
