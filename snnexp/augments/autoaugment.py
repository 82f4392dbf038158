"""AutoAugment's CIFAR-10 policy, sample by sample as torchvision's and many samples at a time."""

import functools
import math
from itertools import pairwise
from types import ModuleType

import torch
from jaxtyping import Int64, UInt8
from torch import Generator, Tensor
from torch.nn.functional import pad

from snnexp.augments.base import Transform
from snnexp.errors import UserError, require
from snnexp.machine.transfer import send

# Cubuk et al. 2019, appendix, CIFAR-10: two operations a policy, each with its probability and its level of 0 to 9
POLICIES = (
    (("Invert", 0.1, 0), ("Contrast", 0.2, 6)),
    (("Rotate", 0.7, 2), ("TranslateX", 0.3, 9)),
    (("Sharpness", 0.8, 1), ("Sharpness", 0.9, 3)),
    (("ShearY", 0.5, 8), ("TranslateY", 0.7, 9)),
    (("AutoContrast", 0.5, 0), ("Equalize", 0.9, 0)),
    (("ShearY", 0.2, 7), ("Posterize", 0.3, 7)),
    (("Color", 0.4, 3), ("Brightness", 0.6, 7)),
    (("Sharpness", 0.3, 9), ("Brightness", 0.7, 9)),
    (("Equalize", 0.6, 0), ("Equalize", 0.5, 0)),
    (("Contrast", 0.6, 7), ("Sharpness", 0.6, 5)),
    (("Color", 0.7, 7), ("TranslateX", 0.5, 8)),
    (("Equalize", 0.3, 0), ("AutoContrast", 0.4, 0)),
    (("TranslateY", 0.4, 3), ("Sharpness", 0.2, 6)),
    (("Brightness", 0.9, 6), ("Color", 0.2, 8)),
    (("Solarize", 0.5, 2), ("Invert", 0.0, 0)),
    (("Equalize", 0.2, 0), ("AutoContrast", 0.6, 0)),
    (("Equalize", 0.2, 0), ("Equalize", 0.6, 0)),
    (("Color", 0.9, 9), ("Equalize", 0.6, 0)),
    (("AutoContrast", 0.8, 0), ("Solarize", 0.2, 8)),
    (("Brightness", 0.1, 3), ("Color", 0.7, 0)),
    (("Solarize", 0.4, 5), ("AutoContrast", 0.9, 0)),
    (("TranslateY", 0.9, 9), ("TranslateY", 0.7, 9)),
    (("AutoContrast", 0.9, 0), ("Solarize", 0.8, 3)),
    (("Equalize", 0.8, 0), ("Invert", 0.1, 0)),
    (("TranslateY", 0.7, 9), ("AutoContrast", 0.9, 0)),
)
# the magnitude at level 9 of what has a sign; translations in widths or heights, rotation in degrees
SIGNED = {
    "ShearY": 0.3,
    "TranslateX": 150 / 331,
    "TranslateY": 150 / 331,
    "Rotate": 30.0,
    "Brightness": 0.9,
    "Color": 0.9,
    "Contrast": 0.9,
    "Sharpness": 0.9,
}


class Autoaugment(Transform):
    """One of 25 policies an image; draws (policy, first applied, first negative, second applied, second negative).

    What is moved uncovers the grey value `fill`, from 0 to 255.

    Raises:
        UserError: another fill.
    """

    columns = 5

    def __init__(self, *, fill: int = 128) -> None:
        require(0 <= fill <= 255, f"augment.autoaugment.fill={fill}: must lie between 0 and 255")
        self.fill = fill

    def draw(self, n: int, size: tuple[int, int], generator: Generator) -> Int64[Tensor, "n 5"]:
        policy = torch.randint(len(POLICIES), (n,), generator=generator)
        chances = torch.tensor([[p for _, p, _ in operations] for operations in POLICIES])[policy]
        applied = torch.rand(n, 2, generator=generator) < chances
        negative = torch.rand(n, 2, generator=generator) < 0.5
        flags = torch.stack([applied, negative], dim=2).flatten(1)
        return torch.cat([policy[:, None], flags.long()], dim=1)

    def __call__(self, images: UInt8[Tensor, "N C H W"], draws: Int64[Tensor, "N 5"]) -> UInt8[Tensor, "N C H W"]:
        if images.shape[1] not in (1, 3):
            raise UserError("augment: autoaugment takes grey or colour images, not event frames; choose augment=shift")
        for slot in (0, 1):
            applied, negative = draws[:, 1 + 2 * slot], draws[:, 2 + 2 * slot]
            # sorted, the samples of a group are neighbours, and the CPU knows the bounds without asking the device
            group = torch.where(applied == 1, draws[:, 0] * 2 + negative, 2 * len(POLICIES))
            bounds = [0, *group.bincount(minlength=2 * len(POLICIES) + 1).cumsum(0).tolist()[:-1]]
            order = send(group.argsort(stable=True), images.device)
            images = grouped(images, order, bounds, slot, self.fill)
        return images


def grouped(
    images: UInt8[Tensor, "N C H W"], order: Int64[Tensor, " N"], bounds: list[int], slot: int, fill: int
) -> UInt8[Tensor, "N C H W"]:
    """Apply operation `slot` of each policy to its samples, which `order` puts between the group's bounds."""
    ordered = images[order]
    for group, (first, last) in enumerate(pairwise(bounds)):
        if first < last:
            name, _, level = POLICIES[group // 2][slot]
            ordered[first:last] = apply(name, level, bool(group % 2), ordered[first:last], fill)
    return torch.empty_like(images).index_copy_(0, order, ordered)


@functools.cache
def functional() -> ModuleType:
    """Import torchvision's operations late: a config that names them is checked without them.

    Raises:
        UserError: torchvision does not fit the installed torch.
    """
    try:
        from torchvision.transforms.v2 import functional
    except (ImportError, RuntimeError, OSError) as error:
        cause = f"torchvision cannot be imported beside torch {torch.__version__}; install both from the same source"
        raise UserError(f"augment.autoaugment: {cause} ({error})") from error
    return functional


def apply(
    name: str, level: int, negative: bool, images: UInt8[Tensor, "N C H W"], fill: int
) -> UInt8[Tensor, "N C H W"]:
    """Apply one operation to all images; `negative` turns its sign, `fill` is the colour of what lies outside."""
    if name in SIGNED:
        height, width = images.shape[-2:]
        extent = {"TranslateX": width, "TranslateY": height}.get(name, 1)
        magnitude = torch.linspace(0, SIGNED[name] * extent, 10)[level].item() * (-1 if negative else 1)
        if name in ("ShearY", "TranslateX", "TranslateY", "Rotate"):
            return pick(images, sources(name, magnitude, height, width), fill)
        return tone(name, 1 + magnitude, images)
    F = functional()
    if name == "Posterize":
        return F.posterize(images, 8 - round(level / (9 / 4)))
    if name == "Solarize":
        return F.solarize(images, 255 * torch.linspace(1, 0, 10)[level].item())
    return {"Invert": F.invert, "Equalize": F.equalize, "AutoContrast": F.autocontrast}[name](images)


def tone(name: str, factor: float, images: UInt8[Tensor, "N C H W"]) -> UInt8[Tensor, "N C H W"]:
    """Blend with black, the grey image, the mean grey or the blurred image; factor 1 leaves the images."""
    F = functional()
    if name == "Brightness":
        return F.adjust_brightness(images, factor)
    if name == "Color":
        return F.adjust_saturation(images, factor)
    if name == "Contrast":
        return F.adjust_contrast(images, factor)
    return sharpen(images, factor)


def sharpen(images: UInt8[Tensor, "N C H W"], factor: float) -> UInt8[Tensor, "N C H W"]:
    """Blend of the inner pixels with their blur (3 x 3, the middle counted five times).

    torchvision's convolution takes 20 times longer on a CPU, is rounded to 10 bits on a GPU that may use TF32, and
    its kernel is copied to the device again each time.
    """
    output = images.float()
    inner = output[..., 1:-1, 1:-1]
    rows = output[..., :-2, :] + output[..., 1:-1, :] + output[..., 2:, :]
    blurred = (rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]).add_(inner, alpha=4).div_(13).round_()
    inner.add_(blurred.sub_(inner), alpha=1 - factor)
    return output.clamp_(0, 255).to(torch.uint8)


def sources(name: str, magnitude: float, height: int, width: int) -> Int64[Tensor, " HW"]:
    """Return for each pixel of the moved image the pixel it comes from, counted from 1; 0 for outside.

    Taken from torchvision moving an image of pixel numbers on the CPU: a map is the same on every device, and needs
    neither the matrix product that TF32 would round nor a copy that waits.
    """
    F = functional()
    numbers = torch.arange(1, height * width + 1, dtype=torch.float32).view(1, height, width)
    if name == "Rotate":
        return F.rotate(numbers, magnitude).long().flatten()
    if name == "ShearY":
        degrees = math.degrees(math.atan(magnitude))
        moved = F.affine(numbers, angle=0, translate=[0, 0], scale=1, shear=[0, degrees], center=[0, 0])
    else:
        pixels = float(int(magnitude))
        shift = [pixels, 0.0] if name == "TranslateX" else [0.0, pixels]
        moved = F.affine(numbers, angle=0, translate=shift, scale=1, shear=[0, 0])
    return moved.long().flatten()


def pick(images: UInt8[Tensor, "N C H W"], pixels: Int64[Tensor, " HW"], fill: int) -> UInt8[Tensor, "N C H W"]:
    """Take each image's pixels from the given places, `fill` where the place is outside."""
    return pad(images.flatten(2), [1, 0], value=fill)[:, :, send(pixels, images.device)].view_as(images)
