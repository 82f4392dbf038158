"""The tensors that a kernel may touch, and what a GPU would fault on or get wrong silently."""

import ctypes
from dataclasses import dataclass

import numpy as np
from ptx.kinds import UNSIGNED


class Fault(Exception):
    """An access outside of every tensor, a misaligned one, or two threads at one place."""


@dataclass
class Buffer:
    """A tensor's bytes, and the thread that wrote each."""

    base: int
    data: np.ndarray
    name: str
    writers: np.ndarray


class Memory:
    """Tensors by their addresses; reads and writes of all threads at once."""

    def __init__(self) -> None:
        self.buffers: list[Buffer] = []

    def add(self, base: int, size: int, name: str) -> None:
        """Let the kernel touch so many bytes from an address on."""
        if size and not any(buffer.base == base for buffer in self.buffers):
            data = np.frombuffer((ctypes.c_uint8 * size).from_address(base), np.uint8)
            self.buffers.append(Buffer(base, data, name, np.full(size, -1, np.int64)))
            self.buffers.sort(key=lambda buffer: buffer.base)

    def places(self, addresses: np.ndarray, size: int):
        """For each buffer that is touched: it, which threads touch it, and where.

        Raises:
            Fault: an access of `size` bytes that is misaligned or not inside of one tensor.
        """
        if (addresses % np.uint64(size)).any():
            raise Fault(f"misaligned access of {size} bytes")
        bases = np.array([buffer.base for buffer in self.buffers], np.uint64)
        which = np.searchsorted(bases, addresses, side="right").astype(int) - 1
        if (which < 0).any():
            raise Fault("access below every tensor")
        for number in np.unique(which):
            buffer, threads = self.buffers[number], np.flatnonzero(which == number)
            offsets = addresses[threads].astype(np.int64) - buffer.base
            if (offsets + size > len(buffer.data)).any():
                raise Fault(f"byte {int(offsets.max())} of {buffer.name}, which has {len(buffer.data)}")
            yield buffer, threads, offsets

    def load(self, addresses: np.ndarray, lanes: np.ndarray, bits: int, count: int) -> list[np.ndarray]:
        """`count` values side by side for each thread.

        Raises:
            Fault: as `places`, or another thread of this kernel wrote there.
        """
        size = bits // 8
        loaded = [np.zeros(len(addresses), UNSIGNED[bits]) for _ in range(count)]
        for buffer, threads, offsets in self.places(addresses, size * count):
            writers = buffer.writers[offsets]
            if ((writers >= 0) & (writers != lanes[threads])).any():
                raise Fault(f"a thread reads of {buffer.name} what another one wrote")
            for i, values in enumerate(loaded):
                values[threads] = reading(buffer.data, offsets + i * size, bits)
        return loaded

    def store(self, addresses: np.ndarray, lanes: np.ndarray, values: list[np.ndarray], bits: int) -> None:
        """Write the values of each thread side by side.

        Raises:
            Fault: as `places`, or two threads wrote one place.
        """
        size = bits // 8
        for buffer, threads, offsets in self.places(addresses, size * len(values)):
            for i, each in enumerate(values):
                where = offsets[:, None] + np.arange(i * size, (i + 1) * size)
                before = buffer.writers[where]
                if ((before >= 0) & (before != lanes[threads][:, None])).any():
                    raise Fault(f"two threads write one place of {buffer.name}")
                buffer.writers[where] = lanes[threads][:, None]
                buffer.data[where] = as_bytes(each[threads], bits)


def reading(data: np.ndarray, offsets: np.ndarray, bits: int) -> np.ndarray:
    """Numbers of so many bits that begin at these bytes."""
    size = bits // 8
    return np.ascontiguousarray(data[offsets[:, None] + np.arange(size)]).view(UNSIGNED[bits])[:, 0]


def as_bytes(values: np.ndarray, bits: int) -> np.ndarray:
    """A row of bytes for each number."""
    return np.ascontiguousarray(values.astype(UNSIGNED[bits])).view(np.uint8).reshape(-1, bits // 8)
