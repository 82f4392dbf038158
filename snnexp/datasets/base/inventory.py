"""The data sets on this machine: what `snnexp data` does with one."""

import importlib
import inspect

from snnexp.datasets.base import BrokenData, Dataset, Stored
from snnexp.datasets.base.download import fetch as fetch_archives
from snnexp.errors import UserError


def find(name: str, root: str | None) -> Dataset:
    """Return the data set of a name with the constants of its yaml; `root` takes the place of `$SNNEXP_DATA`."""
    module = importlib.import_module(f"snnexp.datasets.{name}")
    part = getattr(module, "".join(word.capitalize() for word in name.split("_")))
    return part(root=root) if "root" in inspect.signature(part).parameters else part()


def status(dataset: Dataset) -> int:
    """Print whether a set is there, and where; 0 if so, else 1."""
    try:
        dataset.check()
    except UserError as error:
        print(f"{dataset.name}: missing ({error})")
        return 1
    print(f"{dataset.name}: {place(dataset)}")
    return 0


def verify(dataset: Dataset) -> int:
    """Read a whole set with its checksums, and print its sizes.

    Raises:
        UserError: data missing or damaged.
    """
    dataset.check()
    dataset.verify()
    print(f"{dataset.describe()}, whole, {place(dataset)}")
    return 0


def fetch(dataset: Dataset) -> int:
    """Fetch a set unless it is there and whole, then verify it; report what only the user can fetch.

    Raises:
        UserError: no folder or no space to put it, or nothing of it can be fetched.
        OSError: the network failed, or what came is not the official archive.
    """
    try:
        return verify(dataset)
    except BrokenData as error:
        assert isinstance(dataset, Stored)
        if not dataset.fetchable():
            raise UserError(f"{error.cause}; below {dataset.place()}: {dataset.manual}") from error
        if not error.fetchable:
            raise
        if dataset.manual:
            print(f"{dataset.name}: {dataset.manual}")
        fetch_archives(dataset.archives, dataset.place())
        return verify(dataset)


def place(dataset: Dataset) -> str:
    """Say where a set's data are."""
    return f"found in {dataset.folder()}" if isinstance(dataset, Stored) else "embedded"
