"""Fetching official archives: resumed where they broke off, checked, unpacked aside and moved into place."""

import hashlib
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from tqdm import tqdm

from snnexp.datasets.base import Archive
from snnexp.datasets.base.unpacking import unpack
from snnexp.errors import UserError, reason
from snnexp.files import locks, reading

BLOCK = 1 << 20
SLACK = 4  # how many times the bytes that an archive is known to unpack to it may take


def fetch(archives: Sequence[Archive], root: Path) -> None:
    """Download and unpack all archives below a folder; archives that are there already are not fetched again.

    Raises:
        UserError: too little space, or another process fetches into the same folder.
        OSError: the network failed, or what came is not the official archive.
    """
    root.mkdir(parents=True, exist_ok=True)
    with lock(root / ".fetch.lock"):
        unpacked = sum(archive.unpacked for archive in archives)
        paths = [download(archive, root, spare=unpacked) for archive in archives]
        require_space(root, unpacked)
        for archive, path in zip(archives, paths, strict=True):
            unpack(path, root / archive.into, root / archive.manifest, SLACK * archive.unpacked)
        for path in paths:
            path.unlink()


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a lock file, which frees itself when the process ends."""
    with reading.opened(path.parent, path.name, os.O_RDWR | os.O_CREAT) as file:
        if not locks.take(file):
            raise UserError(f"data: another process is fetching into {path.parent}; wait for it")
        yield


def download(archive: Archive, root: Path, spare: int) -> Path:
    """Return the archive's file in a folder, complete and with the right MD5; a `.part` file of it is continued.

    Its addresses are tried in order, and the one that answered is printed.

    `spare` bytes must stay free behind it, for what is unpacked later.
    """
    path = root / archive.name
    if path.exists() and md5(path) == archive.md5:
        return path
    failures = []
    for url in (archive.url, *archive.mirrors):
        try:
            take(url, archive, path, spare)
            print(f"{archive.name}: from {url}")
            return path
        except OSError as error:
            failures.append(str(error))
    raise OSError("; ".join(failures))


def take(url: str, archive: Archive, path: Path, spare: int) -> None:
    """Put what an address gives into a file, if it is the archive."""
    part = path.with_name(f"{archive.name}.part")
    transfer(url, part, spare)
    found = md5(part)
    if found != archive.md5:
        part.unlink()
        raise OSError(f"{url}: MD5 is {found}, not {archive.md5}; the file was removed, run the same command again")
    os.replace(part, path)


def transfer(url: str, part: Path, spare: int) -> None:
    """Append to a file what it lacks of the archive at an address."""
    have = part.stat().st_size if part.exists() else 0
    try:
        with open_from(url, have) as response:
            if response.status not in (200, 206):  # figshare's firewall answers 202 and nothing
                raise OSError(f"status {response.status} instead of the file")
            if response.status != 206:
                have = 0
            length = int(response.headers.get("Content-Length") or 0)
            require_space(part.parent, length + spare)
            append(response, part, have, length)
    except urllib.error.HTTPError as error:
        # 416: nothing lies past the end of the part, which is complete
        if error.code != 416:
            raise OSError(f"{url}: {reason(error)}") from error
    except (OSError, HTTPException) as error:
        raise OSError(f"{url}: {reason(error)}; the same command resumes") from error


def open_from(url: str, start: int) -> HTTPResponse:
    """Return the response to a request for the bytes from `start` on; status 206 where the server grants that."""
    headers = {"User-Agent": "snnexp"} | ({"Range": f"bytes={start}-"} if start else {})
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60)


def append(response: HTTPResponse, part: Path, have: int, length: int) -> None:
    """Write `length` bytes (0: as many as come) behind the first `have` of a file."""
    name = part.name.removesuffix(".part")
    with (
        reading.opened(part.parent, part.name, os.O_WRONLY | os.O_APPEND | os.O_CREAT) as file,
        tqdm(desc=name, initial=have, total=have + length or None, unit="B", unit_scale=True, disable=None) as bar,
    ):
        file.truncate(have)
        while block := response.read(BLOCK):
            file.write(block)
            bar.update(len(block))
        if length and file.tell() < have + length:
            raise ConnectionError(f"broke off after {file.tell()} of {have + length} bytes")


def require_space(folder: Path, needed: int) -> None:
    """Refuse to begin what the disk cannot hold."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UserError(f"data: {needed / 1e9:.2f} GB are needed in {folder}, {free / 1e9:.2f} GB are free; make room")


def md5(path: Path) -> str:
    """Return the MD5 of a file: what publishers give, no protection against an attacker."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
