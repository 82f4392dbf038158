"""What data sets share: the splits, the interface, the loaders, and the sources that two sets have in common."""

from snnexp.datasets.base.cifar import Cifar
from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.dataset import Dataset
from snnexp.datasets.base.digits import read_digits
from snnexp.datasets.base.kinds import Events, Images
from snnexp.datasets.base.loader import Augment, Loader, Ordered
from snnexp.datasets.base.split import Files, Recordings, Samples, Split
from snnexp.datasets.base.stored import Archive, Stored

__all__ = [
    "Archive",
    "Augment",
    "BrokenData",
    "Cifar",
    "Dataset",
    "Events",
    "Files",
    "Images",
    "Loader",
    "Ordered",
    "Recordings",
    "Samples",
    "Split",
    "Stored",
    "read_digits",
]
