"""What compressed data unpack to, at most, without unpacking them."""

import struct

import pytest

from snnexp.datasets.base.compressed import unpacked

ZSTD, SKIPPED = struct.pack("<I", 0xFD2FB528), struct.pack("<II3s", 0x184D2A53, 3, b"abc")
LZ4 = struct.pack("<IBB", 0x184D2204, 0x40, 0x40) + b"\0"


def block(kind: int, size: int, data: bytes, last: bool = True) -> bytes:
    return (size << 3 | kind << 1 | last).to_bytes(3, "little") + data


def test_each_kind_of_zstandards_blocks():
    blocks = block(0, 3, b"abc", last=False) + block(1, 900, b"x", last=False) + block(2, 2, b"ab")
    for head in (b"\x20\3", b"\0\x50", b"\x04\x50", b"\x43\x50\1\2\3\4\1\2", b"\xe2ab" + bytes(8)):
        frame = ZSTD + head + blocks + bytes(4 * (head[0] >> 2 & 1))
        assert unpacked(frame) == 3 + 900 + 2**17
        assert unpacked(SKIPPED + frame + frame) == 2 * unpacked(frame)


def test_each_kind_of_lz4s_blocks():
    raw, packed = struct.pack("<I", 0x80000003) + b"abc", struct.pack("<I", 300) + bytes(300)
    assert unpacked(LZ4 + raw + packed + bytes(4)) == 3 + 2**16
    assert unpacked(LZ4 + struct.pack("<I", 2) + b"ab" + bytes(4)) == 2 * 255
    more = struct.pack("<IBB", 0x184D2204, 0x5D, 0x70) + bytes(8) + bytes(4) + b"\0"  # sizes, dictionary and checksums
    assert unpacked(more + packed + bytes(4) + bytes(4) + bytes(4)) == 255 * 300


@pytest.mark.parametrize("frame", [ZSTD + b"\0\x50" + block(2, 9, bytes(9)), LZ4 + struct.pack("<I", 5) + bytes(9)])
def test_what_is_cut_or_something_else_is_told(frame: bytes):
    unpacked(frame)
    for end in range(1, len(frame)):
        with pytest.raises(ValueError, match="a frame is cut short"):
            unpacked(frame[:end])
    with pytest.raises(ValueError, match=r"no frame of Zstandard or LZ4 begins with 0xfd2fb522"):
        unpacked(b"\x22" + ZSTD[1:])  # an older version, which unpacks too
