"""Pictures of your own, a folder a class."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import torch
from tqdm import tqdm

from snnexp.datasets.base import Files, Images, Split
from snnexp.datasets.base.own import Own
from snnexp.datasets.base.pictures import Entries, centre_crop, entries, picture
from snnexp.errors import UserError


class ImageFolder(Own, Images):
    """torchvision's folders: `<root>/{train,test}/<class>/<picture>`, in any format that it takes.

    The shorter side is resized to `resize`, and the middle `size` x `size` pixels are taken, in colour; `augment`
    changes the training pictures. `workers` processes read them.

    Raises:
        UserError: a constant out of range.
    """

    in_channels = 3

    def __init__(
        self,
        *,
        root: str | None = None,
        train: str = "train",
        test: str = "test",
        size: int = 32,
        resize: int = 32,
        workers: int = 4,
        mean: Sequence[float] = (0.485, 0.456, 0.406),
        std: Sequence[float] = (0.229, 0.224, 0.225),
    ) -> None:
        Images.__init__(self, mean, std)
        self.lay(root, train, test)
        self.trees = self.contents
        if not 1 <= size <= resize:
            raise UserError(f"dataset.size={size}: must lie in 1 to dataset.resize={resize}")
        if workers < 0:
            raise UserError(f"dataset.workers={workers}: must be 0 or above")
        self.size = (size, size)
        self.resize = resize
        self.workers = workers

    def sources(self, train: bool) -> Sequence[Path]:
        return ()

    def streamed(self, train: bool) -> Iterator[Path]:
        return (Path(path) for path, _ in self.entries(self.contents[0 if train else 1]))

    def open_file(self, path: Path, T: int) -> Split:
        found = centre_crop([(str(path), 0)], self.size, self.resize, 0, torch.Generator())
        return Split(found[None], torch.zeros(1, dtype=torch.int64))

    def read(self, T: int) -> tuple[Files, Files]:
        train, test = (self.split(self.entries(part)) for part in self.contents)
        return train, test

    def entries(self, part: str) -> Entries:
        """List path and label of each picture of a split."""
        names = self.classes
        present = [name for name in names if (self.folder() / part / name).is_dir()]
        try:
            found = entries(self.folder() / part, present)
        except FileNotFoundError as error:
            raise self.broken(f"{error}") from error
        return [(path, names.index(present[label])) for path, label in found]

    def split(self, found: Entries) -> Files:
        """Return one split of the set."""
        read = partial(centre_crop, found, self.size, self.resize)
        return Files(read, torch.tensor([label for _, label in found], dtype=torch.int64), self.size, self.workers)

    def verify(self) -> None:
        self.load(T=1)
        for part in self.contents:
            for path, _ in tqdm(self.entries(part), part, leave=False, disable=None):
                picture(Path(path))
