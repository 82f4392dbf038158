"""Pictures in files, a folder a class, as torchvision lays them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jaxtyping import UInt8
from torch import Generator, Tensor

from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.limits import check_file
from snnexp.errors import UserError, reason

Entries = Sequence[tuple[str, int]]


def class_names(path: Path) -> list[str]:
    """Return the names of the folders in a folder, hidden ones left out."""
    return sorted(each.name for each in path.iterdir() if each.is_dir() and not each.name.startswith("."))


def entries(folder: Path, labels: Mapping[str, int]) -> Entries:
    """List path and label of each picture in the folders of these names, without hidden files.

    Raises:
        FileNotFoundError: a class without a picture.
        ValueError: no class.
    """
    from torchvision.datasets.folder import IMG_EXTENSIONS, ImageFolder

    def picture_file(path: str) -> bool:
        return path.lower().endswith(IMG_EXTENSIONS) and not Path(path).name.startswith(".")

    return ImageFolder.make_dataset(f"{folder}", dict(labels), is_valid_file=picture_file)


def centre_crop(
    entries: Entries, size: tuple[int, int], resize: int, index: int, generator: Generator
) -> UInt8[Tensor, "3 H W"]:
    """Return the middle of a picture whose shorter side was resized; nothing is drawn."""
    from torchvision.transforms.v2 import functional as F

    image = F.pil_to_tensor(picture(Path(entries[index][0])))
    return F.center_crop(F.resize(image, [resize], antialias=True), list(size))


def sized(path: Path, channels: int, size: tuple[int, int], name: str) -> UInt8[Tensor, "C H W"]:
    """Read a picture of the size of a set's, grey for one channel.

    Raises:
        UserError: another size, or as `picture`.
    """
    from torchvision.transforms.v2 import functional as F  # late: only where a picture is read

    found = F.pil_to_tensor(picture(path).convert("L" if channels == 1 else "RGB"))
    height, width = found.shape[-2:]
    if (height, width) != size:
        has = f"{width} x {height} pixels, those of {name} have {size[1]} x {size[0]}"
        raise UserError(f"{path}: {has}; resize it")
    return found


def picture(path: Path) -> Any:
    """Return a file's picture in colour.

    Raises:
        BrokenData: the file is no picture, or is cut short.
    """
    from PIL import Image, UnidentifiedImageError

    check_file(path)
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except UnidentifiedImageError as error:
        remedy = "give another file, or place this one again"
        raise BrokenData(f"{path}: no picture that Pillow can read, such as PNG; {remedy}") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BrokenData(f"{path}: {reason(error)}; place the file again") from error
