"""How large a recording may be: a few bytes can unpack to more than any memory holds, and some files have no end."""

import stat
from pathlib import Path

from snnexp.datasets.base.damage import BrokenData
from snnexp.files.reading import KINDS

MOST = 2**32  # bytes of a recording, in its file and unpacked: published ones have some hundred millions
UNPACKED = 2**28  # bytes that a compressed packet within it may unpack to: recorders write some millions


def check_file(path: Path) -> None:
    """Refuse what is no file, which a reader could wait for without end, and a file that is too large.

    Raises:
        BrokenData: such a thing.
    """
    if not path.exists():
        return  # whoever opens it reports that
    if not path.is_file():
        raise BrokenData(f"{path}: {KINDS[stat.S_IFMT(path.stat().st_mode)]} where a file belongs; give a file")
    check_size(path, path.stat().st_size, "bytes")


def check_size(path: Path, size: int, what: str = "bytes unpacked", most: int = MOST) -> None:
    """Refuse more than `most` bytes.

    Raises:
        BrokenData: it is more.
    """
    if size > most:
        raise BrokenData(f"{path}: {size} {what}, above the limit of {most}")
