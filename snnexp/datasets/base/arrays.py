"""numpy's files, `.npy` and `.npz`, and events of the numbers in them."""

import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.events import Decoded, from_columns
from snnexp.datasets.base.limits import check_file, check_size
from snnexp.errors import reason

# What zipfile and numpy raise of damage; the last six of headers: a password, another kind, endless columns, no Python.
DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
DAMAGE += (RuntimeError, TypeError, MemoryError, OverflowError, SyntaxError, tokenize.TokenError)


def array(path: Path) -> np.ndarray:
    """Return the array of a `.npy`.

    Raises:
        BrokenData: the file holds no array of plain values.
    """
    check_file(path)
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a header that Python 2 wrote
            return np.lib.format.read_array(file)
    except DAMAGE as error:
        raise BrokenData(f"{path}: {reason(error)}") from error


def columns(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays x, y, t and p of a `.npz`.

    Raises:
        BrokenData: the file is damaged, lacks one of them, or unpacks to more than the limit.
    """
    check_file(path)
    try:
        with path.open("rb") as file, np.load(file) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check_size(path, sum(entry.file_size for entry in archive.zip.infolist()))  # no more of it is unpacked
            return {name: archive[name] for name in "xytp"}
    except BrokenData:
        raise
    except DAMAGE as error:
        raise BrokenData(f"{path}: {reason(error)}") from error


def from_numbers(path: Path, columns: Mapping[str, np.ndarray], sensor: tuple[int, int], tick: float = 1.0) -> Decoded:
    """Make events of columns x, y, t and p: t in units of `tick` us, rounded to one; the others whole numbers.

    Raises:
        BrokenData: no numbers, unequal lengths, a fraction, or what `from_columns` refuses.
    """
    lengths = {name: column.shape for name, column in columns.items()}
    if len({*lengths.values()}) > 1 or len(lengths["x"]) != 1:
        raise BrokenData(f"{path}: columns of unequal length {lengths}")
    if strange := [name for name, column in columns.items() if column.dtype.kind not in "iufb"]:
        raise BrokenData(f"{path}: {strange[0]} holds {columns[strange[0]].dtype}, no numbers")
    whole = {}
    with np.errstate(invalid="ignore", over="ignore"):  # of what is no number, which differs then
        for name, column in columns.items():
            exact = column
            if name == "t" and (tick != 1 or column.dtype.kind == "f"):
                exact = np.rint(column.astype(np.float64) * tick)
            whole[name] = exact.astype(np.int64)
            if (broken := np.flatnonzero(whole[name] != exact)).size:
                raise BrokenData(f"{path}: event {broken[0]}: {name} = {column[broken[0]]} is no whole number")
    return from_columns(path, **whole, sensor=sensor, unit="event")
