"""Pictures in files, a folder a class, as torchvision lays them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jaxtyping import UInt8
from torch import Generator, Tensor

from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.limits import check_file

Entries = Sequence[tuple[str, int]]


def class_names(path: Path) -> list[str]:
    """The names of the folders in a folder, hidden ones left out."""
    return sorted(each.name for each in path.iterdir() if each.is_dir() and not each.name.startswith("."))


def entries(folder: Path, classes: Sequence[str]) -> Entries:
    """Path and label of each picture in the folders of classes; hidden files are none.

    Raises:
        FileNotFoundError: a class without a picture.
    """
    from torchvision.datasets.folder import IMG_EXTENSIONS, ImageFolder

    def picture_file(path: str) -> bool:
        return path.lower().endswith(IMG_EXTENSIONS) and not Path(path).name.startswith(".")

    labels = {name: label for label, name in enumerate(classes)}
    return ImageFolder.make_dataset(f"{folder}", labels, is_valid_file=picture_file)


def centre_crop(
    entries: Entries, size: tuple[int, int], resize: int, index: int, generator: Generator
) -> UInt8[Tensor, "3 H W"]:
    """The middle of a picture whose shorter side was resized; nothing is drawn."""
    from torchvision.transforms.v2 import functional as F

    image = F.pil_to_tensor(picture(Path(entries[index][0])))
    return F.center_crop(F.resize(image, [resize], antialias=True), list(size))


def picture(path: Path) -> Any:
    """A file's picture in colour.

    Raises:
        BrokenData: the file is no picture, or is cut short.
    """
    from PIL import Image

    check_file(path)
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BrokenData(f"{path}: {error}; place the file again") from error
