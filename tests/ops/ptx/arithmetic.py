"""What PTX's arithmetic computes, by the names of its operations."""

import numpy as np
from ptx.kinds import FLOATING, SIGNED, UNSIGNED, bits_of, decoded, encoded, flushed, halves, moved, to_bfloat16
from ptx.machine import Machine
from ptx.program import Instruction

COMPARE = {"eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater}
COMPARE |= {"ge": np.greater_equal, "lo": np.less, "ls": np.less_equal, "hi": np.greater, "hs": np.greater_equal}
LOGIC = {"and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor}
TWO = LOGIC | {"add": np.add, "sub": np.subtract, "mul": np.multiply, "copysign": lambda x, y: np.copysign(y, x)}
ONE = {"neg": np.negative, "abs": np.abs, "not": np.invert, "ex2": np.exp2, "lg2": np.log2, "rcp": np.reciprocal}
ONE |= {"sqrt": np.sqrt, "rsqrt": lambda x: 1 / np.sqrt(x), "tanh": np.tanh, "sin": np.sin, "cos": np.cos}
TESTS = {"finite": np.isfinite, "notanumber": np.isnan, "infinite": np.isinf, "number": lambda x: ~np.isnan(x)}
ROUND = {"rzi": np.trunc, "rni": np.rint, "rmi": np.floor, "rpi": np.ceil}


def finish(m: Machine, i: Instruction, result: np.ndarray) -> None:
    """Write a result; an approximate one may be off by some units."""
    approximate = {"approx", "full"} & set(i.words) and i.kind == "f32"
    result = moved(result, m.units) if approximate else result
    m.put_value(i, flushed(result) if "ftz" in i.words else result)


def one(m: Machine, i: Instruction) -> None:
    x = m.value(i.operands[1], i.kind)
    x = flushed(x) if "ftz" in i.words else x
    wide = i.kind == "f32" and i.words[0] not in ("neg", "abs")  # rounded once, from float64
    result = ONE[i.words[0]](x.astype(np.float64) if wide else x)
    finish(m, i, result.astype(np.float32) if wide else result)


def two(m: Machine, i: Instruction) -> None:
    if "wide" in i.words or "hi" in i.words:
        return product(m, i)
    return finish(m, i, TWO[i.words[0]](*(m.value(operand, i.kind) for operand in i.operands[1:])))


def product(m: Machine, i: Instruction) -> None:
    """A product of twice the width, whole or its upper half; `mad` adds to it."""
    bits = bits_of(i.kind)
    x, y = (m.value(operand, i.kind) for operand in i.operands[1:3])
    if "wide" in i.words:
        kind = f"{i.kind[0]}{2 * bits}"
        whole = (SIGNED if i.kind[0] == "s" else UNSIGNED)[2 * bits]
        result = x.astype(whole) * y.astype(whole)
    else:
        kind = i.kind
        result = np.array(
            [(int(a) * int(b) >> bits) & (1 << bits) - 1 for a, b in zip(x, y, strict=True)], UNSIGNED[bits]
        )
    if i.words[0] == "mad":
        result = result + m.value(i.operands[3], kind).astype(result.dtype)
    m.put(i.operands[0], encoded(result, kind))


def multiply_add(m: Machine, i: Instruction) -> None:
    if "wide" in i.words or "hi" in i.words:
        return product(m, i)
    x, y, z = (m.value(operand, i.kind) for operand in i.operands[1:4])
    if i.words[0] == "fma" and i.kind == "f32":  # rounded once: the product is exact in float64
        return finish(m, i, (x.astype(np.float64) * y + z).astype(np.float32))
    if i.words[0] == "fma":
        wide = np.longdouble  # 64 bits of mantissa, near what one rounding gives
        return finish(m, i, (x.astype(wide) * y.astype(wide) + z).astype(x.dtype))
    return finish(m, i, x * y + z)


def divide(m: Machine, i: Instruction) -> None:
    x, y = (m.value(operand, i.kind) for operand in i.operands[1:3])
    if i.kind[0] == "f":
        wide = (x.astype(np.float64) / y.astype(np.float64)) if i.kind == "f32" else x / y
        return finish(m, i, wide.astype(x.dtype))
    quotient = np.abs(x.astype(np.int64)) // np.maximum(np.abs(y.astype(np.int64)), 1)
    quotient = np.where((x < 0) ^ (y < 0), -quotient, quotient)
    return finish(m, i, quotient if i.words[0] == "div" else x.astype(np.int64) - quotient * y.astype(np.int64))


def extreme(m: Machine, i: Instruction) -> None:
    """NaN gives way to a number, unless the operation says NaN."""
    x, y = (m.value(operand, i.kind) for operand in i.operands[1:3])
    plain, giving = (np.minimum, np.fmin) if i.words[0] == "min" else (np.maximum, np.fmax)
    m.put_value(i, (plain if "NaN" in i.words or x.dtype.kind != "f" else giving)(x, y))


def compare(how: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """`ltu` and its like are true of NaN, `lt` and its like are not."""
    nan = (np.isnan(x) | np.isnan(y)) if x.dtype.kind == "f" else np.zeros(len(x), bool)
    if how in ("nan", "num"):
        return nan if how == "nan" else ~nan
    if how.endswith("u"):
        return COMPARE[how[:-1]](x, y) | nan
    return COMPARE[how](x, y) & ~nan


def set_predicate(m: Machine, i: Instruction) -> None:
    first, _, second = i.operands[0].partition("|")
    how = i.words[1]
    if i.kind.endswith("x2"):
        pairs = [halves(m.raw(operand, 32), i.kind) for operand in i.operands[1:3]]
        for register, x, y in zip((first, second), *pairs, strict=True):
            m.put(register, compare(how, x, y))
        return
    found = compare(how, *(m.value(operand, i.kind) for operand in i.operands[1:3]))
    if len(i.operands) > 3:
        found = LOGIC[i.words[2]](found, m.value(i.operands[3], "pred"))
    m.put(first, found)
    if second:
        m.put(second, ~found)


def shift(m: Machine, i: Instruction) -> None:
    bits, x = bits_of(i.kind), m.value(i.operands[1], i.kind)
    by = m.raw(i.operands[2], 32).astype(np.uint32)
    inside = np.minimum(by, bits - 1).astype(x.dtype)
    if i.words[0] == "shr":
        result = x >> inside
        beyond = result if i.kind[0] == "s" else np.zeros_like(x)
    else:
        result, beyond = x << inside, np.zeros_like(x)
    m.put_value(i, np.where(by >= bits, beyond, result))


def convert(m: Machine, i: Instruction) -> None:
    to, of = i.words[-2:]
    if to.endswith("x2"):
        narrow = to_bfloat16 if to == "bf16x2" else lambda x: x.astype(np.float16).view(np.uint16)
        upper, lower = (narrow(m.value(operand, of)).astype(np.uint32) for operand in i.operands[1:3])
        return m.put(i.operands[0], upper << np.uint32(16) | lower)
    x = m.value(i.operands[1], of)
    how = next((ROUND[word] for word in i.words if word in ROUND), None)
    if how is not None and "f" in of:
        x = how(x)
    if to[0] in "su" and "f" in of:
        limits = np.iinfo((SIGNED if to[0] == "s" else UNSIGNED)[bits_of(to)])
        x = np.where(np.isnan(x), 0, np.clip(x.astype(np.float64), limits.min, limits.max))
    elif "f" in to:
        x = x.astype(FLOATING.get(bits_of(to), np.float32))
    return m.put(i.operands[0], encoded(x, to))


def test(m: Machine, i: Instruction) -> None:
    m.put(i.operands[0], TESTS[i.words[1]](m.value(i.operands[1], i.kind)))


def extract(m: Machine, i: Instruction) -> None:
    """Some bits of a number, with their sign where the type has one."""
    bits, (first, count) = bits_of(i.kind), (int(operand, 0) for operand in i.operands[2:4])
    unsigned = UNSIGNED[bits]
    found = (m.raw(i.operands[1], bits).astype(unsigned) >> unsigned(first)) & unsigned((1 << count) - 1)
    if i.kind[0] == "s":
        up = unsigned(bits - count)
        found = decoded(found << up, i.kind) >> SIGNED[bits](up)
    m.put_value(i, found)


OPERATIONS = dict.fromkeys(ONE, one) | dict.fromkeys(TWO, two) | dict.fromkeys(("mad", "fma"), multiply_add)
OPERATIONS |= dict.fromkeys(("div", "rem"), divide) | dict.fromkeys(("min", "max"), extreme)
OPERATIONS |= dict.fromkeys(("shl", "shr"), shift) | {
    "setp": set_predicate,
    "cvt": convert,
    "testp": test,
    "bfe": extract,
}
