"""A recording of any format that a reader is there for, by its file's suffix."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from snnexp.datasets.base.aedat2 import aedat2_davis, aedat2_dvs128
from snnexp.datasets.base.aedat4 import aedat4
from snnexp.datasets.base.aedat31 import aedat31
from snnexp.datasets.base.arrays import array, columns, from_numbers
from snnexp.datasets.base.damage import BrokenData
from snnexp.datasets.base.events import Decoded, checked
from snnexp.datasets.base.forty_bit import forty_bit
from snnexp.errors import UserError, reason
from snnexp.machine.packages import install

Camera = Literal["dvs128", "davis"]
SUFFIXES = (".bin", ".bs2", ".aedat", ".aedat4", ".npy", ".npz", ".h5", ".hdf5")


@dataclass(frozen=True)
class Layout:
    """What files do not say: the `sensor` (H, W), the `camera` of AEDAT 2, and the order of a `.npy`'s columns.

    `tick` is the microseconds of a unit of t in `.npy`, `.npz` and `.h5`.
    """

    sensor: tuple[int, int]
    camera: Camera
    columns: str
    tick: float


def decode(path: Path, layout: Layout) -> Decoded:
    """Return the events of a file.

    Raises:
        UserError: a package that the format needs is missing.
        BrokenData: damaged, or of another format than its suffix says.
    """
    match path.suffix:
        case ".bin" | ".bs2":
            return forty_bit(path, layout.sensor)
        case ".aedat":
            return aedat(path, layout)
        case ".aedat4":
            return aedat4(path, layout.sensor)
        case ".npy":
            return from_numbers(path, rows(path, layout.columns), layout.sensor, layout.tick)
        case ".npz":
            return from_numbers(path, columns(path), layout.sensor, layout.tick)
        case _:
            return from_numbers(path, hdf5(path), layout.sensor, layout.tick)


def aedat(path: Path, layout: Layout) -> Decoded:
    """Read AEDAT 3.1 or 2, as the first line says; a DAVIS's polarity as the format has it."""
    with path.open("rb") as file:
        if file.read(12) == b"#!AER-DAT3.1":
            return aedat31(path, layout.sensor)
    if layout.camera == "dvs128":
        return checked(aedat2_dvs128(path), layout.sensor, "byte 0")
    decoded = aedat2_davis(path, layout.sensor)
    decoded.events["p"] ^= True
    return decoded


def rows(path: Path, order: str) -> dict[str, np.ndarray]:
    """Return the columns of a `.npy`: fields named x, y, t and p, or rows of four numbers in an order as `xytp`."""
    table = array(path)
    if table.dtype.names:
        if missing := {*order} - {*table.dtype.names}:
            raise BrokenData(f"{path}: no field {min(missing)}, there are {', '.join(table.dtype.names)}")
        return {name: table[name] for name in order}
    if table.ndim != 2 or table.shape[1] != 4:
        raise BrokenData(f"{path}: shape {table.shape}: must be rows of {', '.join(order)}")
    return dict(zip(order, table.T, strict=True))


def hdf5(path: Path) -> dict[str, np.ndarray]:
    """Return the data sets x, y, t and p of a file, or of the group `events` in it."""
    try:
        import h5py
    except ImportError as error:
        raise UserError(f"{path}: .h5 files need h5py; {install('dvs')}") from error
    try:
        with h5py.File(path) as file:
            group = "events/" if "events" in file else ""
            return {name: np.asarray(file[f"{group}{name}"]) for name in "xytp"}
    except (OSError, KeyError, ValueError, RuntimeError, TypeError, AttributeError) as error:
        raise BrokenData(f"{path}: {reason(error)}") from error
