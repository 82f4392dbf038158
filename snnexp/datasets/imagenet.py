"""ImageNet (ILSVRC 2012): 1.28 million training and 50,000 validation images of 1,000 classes."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch
from jaxtyping import UInt8
from torch import Generator, Tensor

from snnexp.datasets.base import Files
from snnexp.datasets.base.picture_folders import PictureFolders
from snnexp.datasets.base.pictures import Entries, class_names, picture
from snnexp.errors import UserError


class Imagenet(PictureFolders):
    """torchvision's folders `train/<class>/*.JPEG`, `val/<class>/*.JPEG`; a class's label is its place in the alphabet.

    Training images: a random crop of `scale` of the area and 3/4 to 4/3 of the aspect, resized to `size`. Test images:
    the shorter side resized to `resize`, the middle `size` x `size` pixels. `workers` processes read them.

    Raises:
        UserError: a constant out of range.
    """

    num_classes = 1000
    folders = ("imagenet", "ILSVRC2012")
    contents = trees = ("train", "val")
    manual = (
        "ImageNet is given to researchers who register at https://image-net.org; unpack ILSVRC2012_img_train.tar and "
        "ILSVRC2012_img_val.tar so that imagenet/train/n01440764/ and imagenet/val/n01440764/ hold .JPEG files"
    )

    def __init__(
        self,
        *,
        root: str | None = None,
        size: int = 224,
        resize: int = 256,
        scale: Sequence[float] = (0.08, 1.0),
        workers: int = 8,
        mean: Sequence[float] = (0.485, 0.456, 0.406),
        std: Sequence[float] = (0.229, 0.224, 0.225),
    ) -> None:
        super().__init__(root, size, resize, workers, mean, std)
        if len(scale) != 2 or not 0 < scale[0] <= scale[1] <= 1:
            raise UserError(f"dataset.scale={list(scale)}: must be two shares of the area, the smaller one first")
        self.scale = (scale[0], scale[1])

    def read(self, T: int) -> tuple[Files, Files]:
        train_classes, test_classes = (class_names(self.folder() / part) for part in self.contents)
        differing = sorted({*train_classes} ^ {*test_classes})
        if differing or len(train_classes) > self.num_classes:
            cause = f"{len(train_classes)} training and {len(test_classes)} validation classes"
            raise self.broken(f"{cause}, at most 1,000 and the same ones are needed; in one only: {differing[:3]}")
        train, test = (self.entries(part) for part in self.contents)
        crop = partial(random_crop, train, self.size, self.scale)
        return self.split(train, crop), self.split(test)


def random_crop(
    entries: Entries, size: tuple[int, int], scale: tuple[float, float], index: int, generator: Generator
) -> UInt8[Tensor, "3 H W"]:
    """Return a training image."""
    from torchvision.transforms.v2 import RandomResizedCrop
    from torchvision.transforms.v2.functional import pil_to_tensor, resized_crop

    image = pil_to_tensor(picture(Path(entries[index][0])))
    with torch.random.fork_rng(devices=[]):  # torchvision draws from torch's own generator
        torch.manual_seed(int(torch.randint(2**62, (), generator=generator)))
        drawn = RandomResizedCrop(size, scale=scale).make_params([image])
    return resized_crop(image, **drawn, size=list(size), antialias=True)
