"""The interface of a data set."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor

from snnexp.datasets.base.clips import ClipLoader
from snnexp.datasets.base.folds import fold
from snnexp.datasets.base.loader import Loader, Ordered
from snnexp.datasets.base.split import Files, Recordings, Samples, Split
from snnexp.datasets.base.streams import StreamLoader
from snnexp.datasets.base.validation import Divided, divide, of_classes
from snnexp.errors import UserError

LOADERS = {Split: Loader, Recordings: ClipLoader, Files: StreamLoader}


class Dataset(ABC):
    """A set of labelled samples. `size` is (H, W); `static` says whether a sample is one image and not T frames."""

    num_classes: int
    in_channels: int
    size: tuple[int, int]
    static: bool
    items = "samples"
    called: Sequence[str] = ()  # the names of the classes, where they are known
    split_hash: str | None = None  # of a set in the package
    samples: tuple[int, int] | None = None  # of training and test
    held_out = 0  # of the training set's, for validation
    folds, seed = 0, 0  # into which both parts are divided again, and whose fold is tested; 0: as published
    left_out = 0  # of the training set's, by `reduce`

    @property
    def name(self) -> str:
        """The name of the set's yaml, which is its module's."""
        return type(self).__module__.rpartition(".")[2]

    def check(self) -> None:  # noqa: B027 - embedded sets have nothing to look for
        """Look, without opening anything, whether the data are there.

        Raises:
            UserError: naming the path looked at and the command that fetches the set.
        """

    def recall(self, data: Mapping[str, Any]) -> None:  # noqa: B027 - most sets are the same wherever they lie
        """Take up what a fingerprint says of data that may be gone."""

    def fingerprint(self) -> dict[str, Any]:
        """Identify the data among others of the same config; files count, and neither their place nor times.

        Raises:
            UserError: data missing; the path is named, and the remedy.
        """
        return {"split": self.split_hash} if self.split_hash else {}

    def load(self, T: int) -> tuple[Samples, Samples]:
        """Load training and test split on the CPU; event sets make T frames of each recording, or of each clip.

        Raises:
            UserError: data missing or damaged; the file is named, and the remedy.
        """
        train, test = self.read(T)
        if self.folds:
            if self.subjects() is not None:
                raise UserError(f"dataset.folds={self.folds}: would test people who are trained on, too; give 0")
            train, test = fold(train, test, self.folds, self.seed)
        self.samples = len(train), len(test)
        return train, test

    def hold_out(self, train: Samples, share: float) -> tuple[Samples, Samples]:
        """Divide the training split that `load` gave: what is left for training, and validation as a test has it.

        Raises:
            UserError: as `validation.divide`.
        """
        rest, held = self.divide(train.y, share)
        self.held_out = len(held)
        return train.take(rest), train.take(held).tested()

    def reduce(self, train: Samples, share: float) -> Samples:
        """Take a share of each class of the samples to train on; which they are depends on no seed."""
        used = self.reduced(train.y, share)
        self.left_out = len(train) - len(used)
        return train.take(used)

    def divide(self, y: Int64[Tensor, " N"], share: float) -> Divided:
        """Return the rows of the training split, whose labels are given, that stay for training, and those held out.

        Raises:
            UserError: as `validation.divide`.
        """
        return divide(y, share, self.subjects())

    def reduced(self, y: Int64[Tensor, " N"], share: float) -> Int64[Tensor, " n"]:
        """Return the rows of samples with these labels that a share of each class consists of."""
        return torch.nonzero(of_classes(y, share, "share", 0)).flatten()

    def subjects(self) -> Sequence[int] | None:
        """Return a number for the person in each training sample; None where that is unknown, or is the class."""
        return None

    def loader(self, samples: Samples, **options: Any) -> Ordered:
        """Make the loader for one of the splits that `load` gave; `options` are those of `Ordered`."""
        return LOADERS[type(samples)](samples, dataset=self, **options)

    @property
    def class_names(self) -> list[str]:
        """What each class is called: its number, where the set has no names."""
        return [*self.called] or [str(label) for label in range(self.num_classes)]

    def open_file(self, path: Path, T: int) -> Samples:
        """Return a file from elsewhere as a sample of the test set, of class 0; read, sized and framed as those are.

        Raises:
            UserError: no such file, a damaged one or one of another kind, or a set that reads no single files.
        """
        raise UserError(f"{path}: {self.name} reads no single files; its class {type(self).__name__} has no open_file")

    def verify(self) -> None:
        """Read the whole set again, past any cache.

        Raises:
            UserError: data missing or damaged; the file is named, and the remedy.
        """
        self.load(T=1)

    def describe(self) -> str:
        """Return one line: the name and, once the set is loaded, its sizes and what sets it apart from others."""
        if self.samples is None:
            return f"{self.name}: not loaded"
        details = ", ".join(self.details())
        held = f"{self.held_out} validation, " if self.held_out else ""
        parts = f"{self.samples[0] - self.held_out - self.left_out} training, {held}{self.samples[1]} test {self.items}"
        if self.folds:  # the same words for all of them
            parts = f"{sum(self.samples)} {self.items}, tested in {self.folds} folds"
        return f"{self.name}: {parts}{details and f' ({details})'}"

    def details(self) -> list[str]:
        """Return what distinguishes a loaded set from others of its name: the split, the origin, what was left out."""
        return []

    @abstractmethod
    def read(self, T: int) -> tuple[Samples, Samples]:
        """Return the work of `load`."""

    @abstractmethod
    def normalize(self, x: Shaped[Tensor, "N *feat"]) -> Float[Tensor, "..."]:
        """Return a batch as a network takes it: images [N, C, H, W], event frames [T, N, 2, H, W]."""
