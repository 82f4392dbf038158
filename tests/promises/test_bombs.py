"""Small files that would unpack to more than any memory or disk holds: refused by size, the limit in the message."""

import bz2
import gzip
import io
import lzma
import os
import resource
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from event_files import MAGIC4, STREAM, aedat4, blob

from snnexp.datasets.base import BrokenData, arrays
from snnexp.datasets.base.aedat4 import aedat4 as read_aedat4
from snnexp.datasets.base.limits import MOST, UNPACKED, check_file, check_size
from snnexp.datasets.base.pictures import picture
from snnexp.datasets.base.unpacking import HEADER, extract

SIZE, LIMIT = 2**25, 2**20  # bytes of what is packed, and those that it may have
ZEROS = bytes(SIZE)


@contextmanager
def modest() -> Iterator[None]:
    """Sees that the block takes little memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**15  # KiB


def tar(entry: tarfile.TarInfo, data: bytes = ZEROS) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def headers(kind: bytes) -> bytes:
    """A tar that begins with a header of names, as long as the bomb."""
    entry = tarfile.TarInfo("name")
    entry.type = kind
    return tar(entry)


def sparse() -> bytes:
    """A tar of one file with a hole: 1 TB by its header, and no data."""
    entry = tarfile.TarInfo("sparse")
    entry.pax_headers = {"GNU.sparse.map": f"{2**40},0", "GNU.sparse.size": f"{2**40}"}
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(entry)
    return file.getvalue()


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", ZEROS)
    return file.getvalue()


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "tar.gz": lambda: gzip.compress(tar(tarfile.TarInfo("zeros")), 1),
    "tar.bz2": lambda: bz2.compress(tar(tarfile.TarInfo("zeros")), 1),
    "tar.xz": lambda: lzma.compress(tar(tarfile.TarInfo("zeros")), preset=0),
    "pax": lambda: gzip.compress(headers(tarfile.XHDTYPE), 1),
    "long name": lambda: gzip.compress(headers(tarfile.GNUTYPE_LONGNAME), 1),
    "hole": sparse,
    "zip": zipped,
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_takes_no_more_room_than_is_known(kind: str, tmp_path: Path, figure):
    path = tmp_path / "archive"
    path.write_bytes(ARCHIVES[kind]())
    most = 2**30 if kind in ("pax", "long name") else LIMIT  # names must not be held as a whole though there is room
    told = rf"^{path}: .* \d+ bytes.*, above the limit of {min(most, HEADER)}; what was unpacked of it is removed$"
    with modest(), pytest.raises(OSError, match=told):
        extract(path, tmp_path / "in", most)
    assert not (tmp_path / "in").exists()
    text = f"{len(ARCHIVES)} kinds in tar and zip: refused by size before they are unpacked, the limit told"
    figure("untrusted files: bombs in archives", text)


def zstd(blocks: int) -> bytes:
    """A frame of Zstandard's, each of its blocks 128 KiB of one byte."""
    last = blocks - 1
    parts = [(2**17 << 3 | 2 | (each == last)).to_bytes(3, "little") + b"\0" for each in range(blocks)]
    return struct.pack("<I", 0xFD2FB528) + b"\0\x58" + b"".join(parts)


def lz4(count: int) -> bytes:
    """A frame of LZ4's, each of its blocks 4 MiB of one byte."""
    long, rest = divmod(2**22 - 1 - 19 - 5, 255)
    block = b"\x1f\0\1\0" + b"\xff" * long + bytes([rest]) + b"\x50" + bytes(5)
    blocks = (struct.pack("<I", len(block)) + block) * count
    return struct.pack("<IBBB", 0x184D2204, 0x60, 0x70, 0x73) + blocks + bytes(4)


def columns(size: int) -> bytes:
    """A `.npz` of HAR-DVS's columns, 0 all through, of so many bytes in all."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in "txyp":
            archive.writestr(f"{name}.npy", size // 4 * b"\0")
    return file.getvalue()


def test_columns_are_not_unpacked_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure):
    monkeypatch.setattr("snnexp.datasets.base.limits.check_size", partial(check_size, most=LIMIT))
    monkeypatch.setattr("snnexp.datasets.base.arrays.check_size", partial(check_size, most=LIMIT))
    path = tmp_path / "recording.npz"
    path.write_bytes(columns(SIZE))
    with modest(), pytest.raises(BrokenData, match=rf"^{path}: {SIZE} bytes unpacked, above the limit of {LIMIT}$"):
        arrays.columns(path)
    figure("untrusted files: bombs in .npz", "refused by size before they are unpacked, the limit told")


def test_a_file_without_an_end_is_none(tmp_path: Path):
    path = tmp_path / "recording"
    with path.open("wb") as file:
        file.truncate(MOST + 1)  # a hole
    with modest(), pytest.raises(BrokenData, match=rf"^{path}: {MOST + 1} bytes, above the limit of {MOST}$"):
        check_file(path)
    path.unlink()
    os.mkfifo(path)
    for read in (check_file, arrays.array, arrays.columns, picture):
        with pytest.raises(BrokenData, match=rf"^{path}: a FIFO where a file belongs"):
            read(path)


PACKETS = {"LZ4": (1, lz4(257)), "Zstandard": (3, zstd(2**15))}


@pytest.mark.parametrize("kind", PACKETS)
def test_a_packet_of_aedat4_is_not_unpacked_beyond_the_limit(kind: str, tmp_path: Path, figure):
    pytest.importorskip("aedat")
    compression, frame = PACKETS[kind]
    path = tmp_path / "recording"
    begin = len(MAGIC4) + 4
    head = bytearray(aedat4(blob(3, n=40))[: begin + 45 + len(STREAM)])
    head[begin + 24 : begin + 28] = struct.pack("<i", compression)
    path.write_bytes(head + struct.pack("<II", 0, len(frame)) + frame)
    told = rf"^{path}: \d+ bytes unpacked of the packet at byte {len(head)}, above the limit of {UNPACKED}$"
    with modest(), pytest.raises(BrokenData, match=told):
        read_aedat4(path, (128, 128))
    text = "packets of Zstandard and LZ4: refused by size before they are unpacked, the limit told"
    figure("untrusted files: bombs in .aedat4", text)
