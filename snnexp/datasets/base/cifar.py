"""What CIFAR-10 and CIFAR-100 share: torchvision reads the files and checks their MD5."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.kinds import Images
from snnexp.datasets.base.limits import check_file
from snnexp.datasets.base.split import Split
from snnexp.datasets.base.stored import Stored
from snnexp.errors import UserError


class Cifar(Stored, Images):
    """The python version of a CIFAR set, 32 x 32 colour images (Krizhevsky 2009)."""

    in_channels = 3
    size = (32, 32)
    reader: str

    def __init__(self, root: str | None, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__(mean, std)
        self.root = root

    def sources(self, train: bool) -> list[Path]:
        return [self.folder() / name for name in self.contents if name.startswith("test") != train]

    def read(self, T: int) -> tuple[Split, Split]:
        return self.split(train=True), self.split(train=False)

    def split(self, train: bool) -> Split:
        """Return one split of the set.

        Raises:
            BrokenData: files missing or damaged.
        """
        folder = self.folder()
        reader = self.torchvision_reader()
        for name, _ in reader.train_list if train else reader.test_list:
            check_file(folder / name)
        try:
            images = reader(folder.parent, train=train, download=False)
        except RuntimeError as error:
            raise self.damage(reader) from error
        x = torch.from_numpy(images.data).permute(0, 3, 1, 2).contiguous()
        return Split(x, torch.tensor(images.targets, dtype=torch.int64))

    def torchvision_reader(self) -> Any:
        """Import torchvision's class for the set late: that takes longer than the rest of the package.

        Raises:
            UserError: torchvision does not fit the installed torch.
        """
        try:
            from torchvision import datasets
        except (ImportError, RuntimeError, OSError) as error:
            raise UserError(
                f"dataset {self.name}: torchvision cannot be imported beside torch {torch.__version__}; "
                f"install both from the same source ({error})"
            ) from error
        return getattr(datasets, self.reader)

    def damage(self, reader: Any) -> BrokenData:
        """Return an error that names the damaged files."""
        from torchvision.datasets.utils import check_integrity

        folder = self.folder()
        meta = [reader.meta["filename"], reader.meta["md5"]]
        files = [*reader.train_list, *reader.test_list, meta]
        bad = [str(folder / file) for file, md5 in files if not check_integrity(folder / file, md5)]
        return self.broken(f"damaged: {', '.join(bad)}")
