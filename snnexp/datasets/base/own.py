"""What sets of one's own share: folders for the splits, and in each a folder for each class."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.fingerprint import Fingerprint
from snnexp.datasets.base.pictures import class_names
from snnexp.datasets.base.stored import Stored
from snnexp.errors import UserError


class Own(Stored):
    """A folder `root` that holds the folders `train` and `test`, each `<class>/<file>`; labels follow the alphabet."""

    folders = (".",)
    manual = "it is your own data: dataset.root=DIR names a folder that holds train/CLASS/FILE and test/CLASS/FILE"

    def lay(self, root: str | None, train: str, test: str) -> None:
        """Take the keys that all such sets have.

        Raises:
            UserError: both splits are one folder.
        """
        if train == test:
            raise UserError(f"dataset.test={test}: must be another folder than dataset.train")
        self.root = root
        self.contents = (train, test)

    def check(self) -> None:
        super().check()
        self.num_classes = len(self.classes)

    def recall(self, data: Mapping[str, Any]) -> None:
        if "classes" in data:
            self.classes = list(data["classes"])
            self.num_classes = len(self.classes)

    @cached_property
    def classes(self) -> list[str]:
        """The names of the classes, which are those of the training folder's folders.

        Raises:
            BrokenData: no folder there, or the other split has a class that is not among them.
        """
        train, test = (class_names(self.folder() / part) for part in self.contents)
        if not train:
            raise self.broken(f"no folders of classes in {self.folder() / self.contents[0]}")
        if unknown := sorted({*test} - {*train}):
            raise self.broken(f"{self.folder() / self.contents[1]}: {unknown[0]} is no class of {self.contents[0]}")
        return train

    @property
    def class_names(self) -> list[str]:
        return self.classes

    def fingerprint(self) -> Fingerprint:
        return super().fingerprint() | {"classes": self.classes}  # a folder without files moves the labels

    def details(self) -> list[str]:
        return [f"{len(self.classes)} classes", *super().details()]

    def broken(self, cause: str, path: Path | None = None) -> BrokenData:
        return BrokenData(f"dataset {self.name}: {cause}", self.manual)
