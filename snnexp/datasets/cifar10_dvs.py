"""CIFAR10-DVS: CIFAR-10's images moved before an event camera."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from snnexp.datasets.base import Archive
from snnexp.datasets.base.aedat2 import aedat2_dvs128
from snnexp.datasets.base.aedat4 import aedat4
from snnexp.datasets.base.slices import Slices, number
from snnexp.datasets.base.stored import figshare
from snnexp.errors import UserError

CLASSES = {
    "airplane": (7712788, "0afd5c4bf9ae06af762a77b180354fdd"),
    "automobile": (7712791, "8438dfeba3bc970c94962d995b1b9bdd"),
    "bird": (7712794, "a9c207c91c55b9dc2002dc21c684d785"),
    "cat": (7712812, "52c63c677c2b15fa5146a8daf4d56687"),
    "deer": (7712815, "b6bf21f6c04d21ba4e23fc3e36c8a4a3"),
    "dog": (7712818, "f379ebdf6703d16e0a690782e62639c3"),
    "frog": (7712842, "cad6ed91214b1c7388a5f6ee56d08803"),
    "horse": (7712851, "e7cbbf77bec584ffbf913f00e682782a"),
    "ship": (7712836, "41c7bd7d6b251be82557c6cce9a7d5c9"),
    "truck": (7712839, "89f3922fd147d9aeff89e76a2b0b70a7"),
}
SPLIT_FILE = Path(__file__).parent / "base" / "cifar10_dvs_test.txt"
SPLIT_HASH = "e21574050f71d96e43ef1e208dc24878897b170113713f5742880309c212a4cd"


class Cifar10Dvs(Slices):
    """10 x 1,000 recordings (Li et al. 2017), `<class>/cifar10_<class>_<number>.aedat`, or `.aedat4` as from tonic.

    T slices of equal event count, each divided by its largest count, then resized to `size` x `size` pixels, to the
    nearest. The publishers give no split: numbers 0 to 899 of each class train, 900 to 999 test, as the package's list
    has it, whose hash stands in results. Whatever recordings are there are taken, `.aedat` where one is there as both.

    Raises:
        UserError: a size out of range.
    """

    num_classes = 10
    called = tuple(CLASSES)
    sensor = (128, 128)
    folders = ("CIFAR10DVS",)
    contents = tuple(CLASSES)
    archives = tuple(
        Archive(name=f"{name}.zip", md5=md5, unpacked=1_000_000_000, into="CIFAR10DVS", **figshare(number))
        for name, (number, md5) in CLASSES.items()
    )

    def files(self, train: bool) -> list[Path]:
        test, twice = held_out(), set(self.twice())
        return [path for path in self.present() if path not in twice and (number(path) in test) != train]

    def present(self) -> list[Path]:
        """Return all recordings, class by class."""
        return [path for name in CLASSES for path in self.listed(f"{name}/*") if path.suffix in (".aedat", ".aedat4")]

    def twice(self) -> list[Path]:
        """Return the `.aedat4` files of recordings that are there as `.aedat`, too."""
        return [path for path in self.present() if path.suffix == ".aedat4" and path.with_suffix(".aedat").exists()]

    def decode(self, path: Path) -> Iterator[tuple[np.ndarray, int]]:
        yield self.open_events(path), list(CLASSES).index(path.parent.name)

    def open_events(self, path: Path) -> np.ndarray:
        return self.ordered(aedat4(path, self.sensor) if path.suffix == ".aedat4" else aedat2_dvs128(path))

    def details(self) -> list[str]:
        twice = len(self.twice())
        doubled = [f"{twice} recordings as .aedat and .aedat4, the first taken"] if twice else []
        return [f"split {SPLIT_HASH[:12]}", *doubled, *super().details()]


def held_out() -> set[int]:
    """Return the numbers of the test recordings of each class.

    Raises:
        UserError: the stored split was changed.
    """
    text = SPLIT_FILE.read_bytes()
    if hashlib.sha256(text).hexdigest() != SPLIT_HASH:
        raise UserError(f"dataset cifar10_dvs: the split in {SPLIT_FILE} was changed; reinstall snnexp")
    return {int(each) for each in text.split()}
