"""Memory of a training process on a CPU."""

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # malloc.h of glibc


def keep_memory() -> None:
    """Tell glibc to keep freed memory, whatever the block's size; elsewhere do nothing.

    By default each tensor past 32 MB is mapped again and its pages are fetched from the kernel one by one, which costs
    several times the LIF operator's arithmetic.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_MAX, 0)
        libc.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
