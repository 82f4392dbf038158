"""Pictures of your own, a folder a class."""

from collections.abc import Sequence

from snnexp.datasets.base import Files
from snnexp.datasets.base.own import Own
from snnexp.datasets.base.picture_folders import PictureFolders


class ImageFolder(Own, PictureFolders):
    """torchvision's folders: `<root>/{train,test}/<class>/<picture>`, in any format that it takes.

    The shorter side is resized to `resize`, and the middle `size` x `size` pixels are taken, in colour; `augment`
    changes the training pictures. `workers` processes read them.

    Raises:
        UserError: a constant out of range.
    """

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
        super().__init__(root, size, resize, workers, mean, std)
        self.lay(root, train, test)
        self.trees = self.contents

    def read(self, T: int) -> tuple[Files, Files]:
        train, test = (self.split(self.entries(part)) for part in self.contents)
        return train, test
