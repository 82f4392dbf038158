"""What sets of pictures in files share: a folder a class, read while training."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import torch
from tqdm import tqdm

from snnexp.datasets.base.kinds import Images
from snnexp.datasets.base.pictures import Entries, centre_crop, class_names, entries, picture
from snnexp.datasets.base.split import Files, Read, Split
from snnexp.datasets.base.stored import Stored
from snnexp.errors import require


class PictureFolders(Stored, Images):
    """Colour pictures `<split>/<class>/<file>`; `contents` and `trees` are the folders of training and test.

    The shorter side is resized to `resize`, and the middle `size` x `size` pixels are taken. `workers` processes read.

    Raises:
        UserError: a constant out of range.
    """

    in_channels = 3

    def __init__(
        self, root: str | None, size: int, resize: int, workers: int, mean: Sequence[float], std: Sequence[float]
    ) -> None:
        super().__init__(mean, std)
        require(1 <= size <= resize, f"dataset.size={size}: must lie in 1 to dataset.resize={resize}")
        require(workers >= 0, f"dataset.workers={workers}: must be 0 or above")
        self.root = root
        self.size = (size, size)
        self.resize = resize
        self.workers = workers

    @property
    def classes(self) -> list[str]:
        """The names of the training folder's folders; a class's label is its place among them."""
        return class_names(self.folder() / self.contents[0])

    def sources(self, train: bool) -> Sequence[Path]:
        return ()

    def streamed(self, train: bool) -> Iterator[Path]:
        return (Path(path) for path, _ in self.entries(self.contents[0 if train else 1]))

    def open_file(self, path: Path, T: int) -> Split:
        found = centre_crop([(str(path), 0)], self.size, self.resize, 0, torch.Generator())
        return Split(found[None], torch.zeros(1, dtype=torch.int64))

    def entries(self, part: str) -> Entries:
        """List path and label of each picture of a split."""
        folder = self.folder() / part
        labels = {name: label for label, name in enumerate(self.classes) if (folder / name).is_dir()}
        try:
            return entries(folder, labels)
        except (FileNotFoundError, ValueError) as error:
            raise self.broken(f"{folder}: {error}") from error

    def split(self, entries: Entries, crop: Read | None = None) -> Files:
        """Return one split of the set; without a crop the middle of each picture."""
        middle = partial(centre_crop, entries, self.size, self.resize)
        labels = torch.tensor([label for _, label in entries], dtype=torch.int64)
        return Files(crop or middle, labels, self.size, self.workers, middle)

    def verify(self) -> None:
        self.load(T=1)
        for part in self.contents:
            for path, _ in tqdm(self.entries(part), part, leave=False, disable=None):
                picture(Path(path))
