"""What data sets share: the splits, the interface, the loader, and the sources that two sets have in common."""

from snnexp.datasets.base.cifar import Cifar
from snnexp.datasets.base.dataset import Dataset, Events, Images, Split
from snnexp.datasets.base.digits import read_digits
from snnexp.datasets.base.loader import Augment, Loader
from snnexp.datasets.base.stored import Archive, BrokenData, Stored

__all__ = [
    "Archive",
    "Augment",
    "BrokenData",
    "Cifar",
    "Dataset",
    "Events",
    "Images",
    "Loader",
    "Split",
    "Stored",
    "read_digits",
]
