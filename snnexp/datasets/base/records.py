"""What formats of fixed records share: the text that an AEDAT file begins with, and whole records."""

from pathlib import Path

from snnexp.datasets.base.damage import BrokenData


def header_end(path: Path, data: bytes, *versions: str) -> int:
    """Return the first byte behind the lines of text that an AEDAT file of one of these versions begins with."""
    if not any(data.startswith(f"#!AER-DAT{version}".encode()) for version in versions):
        raise BrokenData(f"{path}: byte 0: no header of AEDAT {' or '.join(versions)}, {len(data)} bytes in all")
    end = 0
    while data[end : end + 1] == b"#":
        stop = data.find(b"\n", end) + 1
        line = data[end:stop]
        # an event may begin like a line, but a zero byte stands in no text
        if not line or b"\0" in line:
            break
        end = stop
        if line.startswith((b"#!END-HEADER", b"#End Of ASCII Header")):
            break
    return end


def whole_records(path: Path, end: int, start: int, size: int) -> None:
    """Refuse a file whose last record is cut."""
    rest = (end - start) % size
    if rest:
        raise BrokenData(f"{path}: byte {end - rest}: cut short, {rest} bytes are no whole event of {size}")
