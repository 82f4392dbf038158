"""How many bytes compressed data unpack to, at most, by the headers of their blocks: nothing is unpacked for that.

Formats: Zstandard, RFC 8878; LZ4, https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md.
"""

from collections.abc import Callable

ZSTD, LZ4 = 0xFD2FB528, 0x184D2204
SKIPPED = range(0x184D2A50, 0x184D2A60)  # frames that hold no data
ZSTD_BLOCK = 2**17  # bytes that a compressed block unpacks to, at most
LZ4_RATIO = 255  # that many for each byte, at most
RAW, RLE, COMPRESSED = range(3)  # kinds of Zstandard's blocks


def unpacked(data: bytes) -> int:
    """Return the bytes that the frames of either format unpack to, at most.

    Raises:
        ValueError: other data, or a frame that is cut short.
    """
    place, size = 0, 0
    while place < len(data):
        magic = number(data, place, 4)
        if magic in SKIPPED:
            place += 8 + number(data, place + 4, 4)
            continue
        if magic not in FRAMES:
            raise ValueError(f"no frame of Zstandard or LZ4 begins with {magic:#010x}")
        place, more = FRAMES[magic](data, place + 4)
        size += more
    if place > len(data):
        raise ValueError("a frame is cut short")
    return size


def zstd(data: bytes, place: int) -> tuple[int, int]:
    """Return the end of a Zstandard frame and what it unpacks to, from behind its magic number."""
    flags = number(data, place, 1)
    single, known = flags >> 5 & 1, flags >> 6
    place += 1 + (not single) + (0, 1, 2, 4)[flags & 3] + ((single, 2, 4, 8)[known])
    size, last = 0, 0
    while not last:
        header = number(data, place, 3)
        last, kind, length = header & 1, header >> 1 & 3, header >> 3
        size += ZSTD_BLOCK if kind == COMPRESSED else length
        place += 3 + (1 if kind == RLE else length)
    return place + 4 * (flags >> 2 & 1), size


def lz4(data: bytes, place: int) -> tuple[int, int]:
    """Return the end of an LZ4 frame and what it unpacks to, from behind its magic number."""
    flags, largest = number(data, place, 1), 2 ** (8 + 2 * (number(data, place + 1, 1) >> 4 & 7))
    place += 3 + 8 * (flags >> 3 & 1) + 4 * (flags & 1)
    size = 0
    while header := number(data, place, 4):
        length = header & 0x7FFFFFFF
        size += length if header >> 31 else min(largest, LZ4_RATIO * length)
        place += 4 + length + 4 * (flags >> 4 & 1)
    return place + 4 + 4 * (flags >> 2 & 1), size


FRAMES: dict[int, Callable[[bytes, int], tuple[int, int]]] = {ZSTD: zstd, LZ4: lz4}


def number(data: bytes, place: int, length: int) -> int:
    """Return a number of some bytes, the lowest first."""
    if place + length > len(data):
        raise ValueError("a frame is cut short")
    return int.from_bytes(data[place : place + length], "little")
