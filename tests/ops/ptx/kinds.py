"""PTX's types as numpy has them: registers are unsigned integers, an operation reads them as its type says."""

import re

import numpy as np

UNSIGNED = {8: np.uint8, 16: np.uint16, 32: np.uint32, 64: np.uint64}
SIGNED = {8: np.int8, 16: np.int16, 32: np.int32, 64: np.int64}
FLOATING = {32: np.float32, 64: np.float64}
SMALLEST = np.float32(1.17549435e-38)  # that is no subnormal number


def bits_of(kind: str) -> int:
    """32 of `s32` or `bf16x2`, 1 of `pred`."""
    if kind == "pred":
        return 1
    width, times = re.search(r"(\d+)(x2)?$", kind).groups()
    return int(width) * (2 if times else 1)


def of_bfloat16(bits: np.ndarray) -> np.ndarray:
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


def to_bfloat16(x: np.ndarray) -> np.ndarray:
    """Rounded to nearest, ties to even; every NaN is the one NaN."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
    return np.where(np.isnan(x), np.uint16(0x7FFF), rounded.astype(np.uint16))


def flushed(x: np.ndarray) -> np.ndarray:
    """Subnormal numbers as 0."""
    return np.where(np.abs(x) < SMALLEST, np.copysign(np.float32(0), x), x).astype(np.float32)


def moved(x: np.ndarray, units: int) -> np.ndarray:
    """float32 off by so many units in the last place, away from 0: what an approximate operation may return."""
    x = x.astype(np.float32)
    return np.where(np.isfinite(x) & (x != 0), (x.view(np.int32) + np.int32(units)).view(np.float32), x)


def decoded(bits: np.ndarray, kind: str) -> np.ndarray:
    """A register's content as an operation of this type reads it; narrow floating point as float32."""
    if kind == "pred":
        return bits
    if kind == "bf16":
        return of_bfloat16(bits.astype(np.uint16))
    if kind == "f16":
        return bits.astype(np.uint16).view(np.float16).astype(np.float32)
    width = bits_of(kind)
    bits = np.ascontiguousarray(bits).astype(UNSIGNED[width], copy=False)
    return bits.view({"f": FLOATING, "s": SIGNED}.get(kind[0], UNSIGNED)[width])


def encoded(x: np.ndarray, kind: str) -> np.ndarray:
    """What a register holds of a value."""
    if kind == "pred":
        return x.astype(bool)
    if kind == "bf16":
        return to_bfloat16(x.astype(np.float32))
    if kind == "f16":
        return x.astype(np.float16).view(np.uint16)
    width = bits_of(kind)
    as_kind = {"f": FLOATING, "s": SIGNED}.get(kind[0], UNSIGNED)[width]
    return np.ascontiguousarray(x).astype(as_kind).view(UNSIGNED[width])


def halves(bits: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """The lower and the upper value of a pair such as `bf16x2`."""
    single = kind.removesuffix("x2")
    return decoded(bits & np.uint32(0xFFFF), single), decoded(bits >> np.uint32(16), single)
