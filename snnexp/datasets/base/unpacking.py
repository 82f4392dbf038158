"""Unpacks archives aside and moves them into place: nothing lands outside, and no more than is known comes of them."""

import bz2
import gzip
import io
import json
import lzma
import os
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path

from snnexp.files import atomic

HEADER = 2**24  # bytes of a tar that are held at once: its headers may claim any length
STREAMS = {b"\x1f\x8b": gzip.GzipFile, b"BZh": bz2.BZ2File, b"\xfd7zXZ": lzma.LZMAFile}  # by what a file begins with

# What tarfile, zipfile and what they unpack with raise of damage; the last two of passwords and unknown compression.
DAMAGE = (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError)
DAMAGE += (RuntimeError, NotImplementedError)


def unpack(path: Path, target: Path, manifest: Path, most: int) -> None:
    """Put an archive's top-level entries into a folder, each moved there complete; old ones of the name go.

    `most` are the bytes that it may unpack to.

    The manifest, written last, holds the size of each file in bytes: a file cut later is found by it.

    Raises:
        OSError: an entry that would land outside, more bytes, or no archive.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target, prefix=".unpack-") as aside:
        extract(path, Path(aside), most)
        files = sorted(file for file in Path(aside).rglob("*") if file.is_file())
        sizes = {file.relative_to(aside).as_posix(): file.stat().st_size for file in files}
        manifest.unlink(missing_ok=True)
        for entry in list(Path(aside).iterdir()):
            place = target / entry.name
            if place.exists():
                os.replace(place, Path(aside) / f"{entry.name}.old")
            os.replace(entry, place)
    atomic.write(manifest, json.dumps(sizes, indent=1).encode())


def extract(path: Path, folder: Path, most: int) -> None:
    """Extract a tar or zip archive of at most so many bytes, refusing names and links that lead outside.

    Raises:
        OSError: such an entry, more bytes, or no archive.
    """
    try:
        if zipfile.is_zipfile(path):
            extract_zip(path, folder, most)
        else:
            with Bounded(path, most) as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
                require_size(sum(entry.size for entry in tar), most)
                tar.extractall(folder, filter="data")
    except DAMAGE as error:
        raise OSError(f"{path}: {' '.join(str(error).split())}; what was unpacked of it is removed") from error


def extract_zip(path: Path, folder: Path, most: int) -> None:
    """Extract a zip file as `extract` does; no entry may unpack to more than its header says."""
    with zipfile.ZipFile(path) as archive:
        require_size(sum(entry.file_size for entry in archive.infolist()), most)
        for name in archive.namelist():
            if not (folder / name).resolve().is_relative_to(folder.resolve()):
                raise OSError(f"entry {name} would land outside the folder")
        archive.extractall(folder)


def require_size(size: int, most: int) -> None:
    """Refuse to unpack more than was known before."""
    if size > most:
        raise OSError(f"unpacks to {size} bytes or more, above the limit of {most}")


class Bounded(io.BufferedIOBase):
    """The tar within a file, unpacked as it is read: no more of it than `most` bytes, nor of them HEADER at once."""

    def __init__(self, path: Path, most: int) -> None:
        with path.open("rb") as file:
            begin = file.read(6)
        unpacking = [each for magic, each in STREAMS.items() if begin.startswith(magic)]
        self.stream = unpacking[0](path) if unpacking else path.open("rb")
        self.most = most

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= HEADER:
            raise OSError(f"a header of {size} bytes, above the limit of {HEADER}")
        require_size(self.stream.tell() + size, self.most)
        return self.stream.read(size)

    def seek(self, place: int, whence: int = 0) -> int:
        require_size(place, self.most)
        return self.stream.seek(place, whence)

    def tell(self) -> int:
        return self.stream.tell()

    def close(self) -> None:
        self.stream.close()
        super().close()
