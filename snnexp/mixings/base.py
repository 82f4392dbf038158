"""The mixing of a batch by torchvision, for images and for frames of events."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from snnexp.errors import require
from snnexp.randomness import reseed

CPU = torch.device("cpu")  # where it is drawn, so that nothing waits for a GPU


class Mixing:
    """Mixes each sample of a batch with the one before it, the first with the last, by a transform of torchvision's.

    All samples of a batch share what is drawn. `name` is the key of the part in the config.

    Raises:
        UserError: an alpha of 0 or below.
    """

    def __init__(self, make: Callable[..., Any], name: str, classes: int, alpha: float) -> None:
        require(alpha > 0, f"mixing.{name}.alpha={alpha}: must be above 0")
        self.transform = make(alpha=alpha, num_classes=classes)

    def __call__(
        self, x: Float[Tensor, "*T N C H W"], y: Int64[Tensor, " N"]
    ) -> tuple[Float[Tensor, "*T N C H W"], Float[Tensor, "N K"]]:
        """Return the mixed batch, and for each sample the weight of each class, drawn from torch's own generator."""
        from torchvision.tv_tensors import Video  # late: not every training waits for torchvision

        if x.dim() == 4:
            return self.transform(x, y)
        frames, weights = self.transform(Video(x.transpose(0, 1)), y)  # torchvision has the samples first
        return frames.as_subclass(Tensor).transpose(0, 1).contiguous(), weights


def mix(mixings: Sequence[Mixing], x: Tensor, y: Tensor, *seeds: int | str) -> tuple[Tensor, Tensor]:
    """Mix a batch in one of several ways, each as likely; which and how follows from `seeds` alone."""
    reseed(CPU, "mixing", *seeds)
    return mixings[int(torch.randint(len(mixings), ()))](x, y)
