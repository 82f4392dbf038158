"""What PTX moves between registers, threads of a warp, shared memory and tensors, by the operations' names."""

import re

import numpy as np
from ptx.kinds import UNSIGNED, bits_of
from ptx.machine import Machine
from ptx.memory import Fault, as_bytes, reading
from ptx.program import Instruction


def parts(operand: str) -> list[str]:
    """The registers of `{%r1, %r2}`, or the one."""
    return [one.strip() for one in operand.strip("{} ").split(",")]


def move(m: Machine, i: Instruction) -> None:
    """From one register to another, from one to its parts, or from parts to the whole."""
    to, of, bits = parts(i.operands[0]), parts(i.operands[1]), bits_of(i.kind)
    if i.kind == "pred":
        return m.put(to[0], m.value(of[0], "pred"))
    if len(to) > 1:
        width = bits // len(to)
        whole = m.raw(of[0], bits)
        for number, register in enumerate(to):
            part = whole >> UNSIGNED[bits](number * width) & UNSIGNED[bits]((1 << width) - 1)
            m.put(register, part.astype(UNSIGNED[width]))
        return None
    width, whole = bits // len(of), np.zeros(len(m.lanes), UNSIGNED[bits])
    for number, register in enumerate(of):
        whole |= m.raw(register, width).astype(UNSIGNED[bits]) << UNSIGNED[bits](number * width)
    return m.put(to[0], whole)


def to_global(m: Machine, i: Instruction) -> None:
    """An address stays what it is."""
    m.put(i.operands[0], m.raw(i.operands[1], 64))


def choose(m: Machine, i: Instruction) -> None:
    yes, no = (m.raw(operand, bits_of(i.kind)) for operand in i.operands[1:3])
    m.put(i.operands[0], np.where(m.value(i.operands[3], "pred"), yes, no))


def load(m: Machine, i: Instruction) -> None:
    bits, registers = bits_of(i.kind), parts(i.operands[0])
    if i.words[1] == "param":
        name = re.search(r"\w+_param_\d+", i.operands[1])[0]
        return m.put(registers[0], m.constant(m.parameters[name], bits))
    threads = np.flatnonzero(m.active)
    addresses = m.addresses(i.operands[1])[threads]
    if "global" in i.words:
        values = m.memory.load(addresses, m.lanes[threads], bits, len(registers))
    else:
        places = shared_places(m, addresses, threads, bits // 8 * len(registers))
        values = [reading(m.shared.reshape(-1), places + number * bits // 8, bits) for number in range(len(registers))]
    for register, value in zip(registers, values, strict=True):
        m.put_of(register, threads, value)
    return None


def store(m: Machine, i: Instruction) -> None:
    bits, registers = bits_of(i.kind), parts(i.operands[1])
    threads = np.flatnonzero(m.active)
    addresses, values = m.addresses(i.operands[0])[threads], [m.raw(register, bits)[threads] for register in registers]
    if "global" in i.words:
        return m.memory.store(addresses, m.lanes[threads], values, bits)
    places = shared_places(m, addresses, threads, bits // 8 * len(registers))
    for number, value in enumerate(values):
        where = places[:, None] + np.arange(bits // 8) + number * bits // 8
        m.shared.reshape(-1)[where] = as_bytes(value, bits)
    return None


def shared_places(m: Machine, addresses: np.ndarray, threads: np.ndarray, size: int) -> np.ndarray:
    """Where in the blocks' shared memory, one block's behind the other's.

    Raises:
        Fault: misaligned, or beyond a block's own.
    """
    if (addresses % np.uint64(size)).any() or (addresses + np.uint64(size) > m.shared.shape[1]).any():
        raise Fault(f"{size} bytes of shared memory, misaligned or beyond its end")
    return addresses.astype(np.int64) + m.block[threads] * m.shared.shape[1]


def matrices(m: Machine, i: Instruction) -> None:
    """8 x 8 matrices of 16 bits, a row at each eighth of a warp's addresses: each thread has two numbers of each."""
    is_load, count = i.words[0] == "ldmatrix", int(next(word for word in i.words if word in ("x1", "x2", "x4"))[1:])
    warps = m.active.reshape(-1, 32)
    if (warps.any(1) != warps.all(1)).any():
        raise NotImplementedError(f"threads of a warp that parted: {i.text}")
    registers, address = (i.operands if is_load else i.operands[::-1])[:2]
    threads, shared = np.flatnonzero(m.active), m.shared.reshape(-1)
    rows = m.addresses(address).astype(np.int64) + m.block * m.shared.shape[1]
    first, major, minor = (m.lanes - m.in_warp)[threads], m.in_warp[threads] // 4, m.in_warp[threads] % 4
    for number, register in zip(range(count), parts(registers), strict=True):
        whole = np.zeros(len(threads), np.uint32) if is_load else m.raw(register, 32)[threads]
        for half in (0, 1):
            row, column = (2 * minor + half, major) if "trans" in i.words else (major, 2 * minor + half)
            places = rows[first + 8 * number + row] + 2 * column
            if is_load:
                whole |= reading(shared, places, 16).astype(np.uint32) << np.uint32(16 * half)
            else:
                shared[places[:, None] + np.arange(2)] = as_bytes(whole >> np.uint32(16 * half) & np.uint32(0xFFFF), 16)
        if is_load:
            m.put_of(register, threads, whole)


def shuffle(m: Machine, i: Instruction) -> None:
    """Each thread takes what another one of its warp has."""
    by, mine = m.raw(i.operands[2], 32).astype(np.int64), m.in_warp
    source = {"bfly": mine ^ by, "down": mine + by, "up": mine - by, "idx": by % 32}[i.words[2]]
    source = np.where((source >= 0) & (source < 32), source, mine)
    m.put(i.operands[0].partition("|")[0], m.raw(i.operands[1], 32)[m.lanes - mine + source])


def permute(m: Machine, i: Instruction) -> None:
    """Four bytes of two registers; a selector above 7 repeats the byte's sign."""
    upper, lower = (m.raw(operand, 32).astype(np.uint64) for operand in (i.operands[2], i.operands[1]))
    whole, result = lower | upper << np.uint64(32), np.zeros(len(m.lanes), np.uint32)
    for number in range(4):
        chosen = int(i.operands[3], 0) >> 4 * number & 0xF
        byte = whole >> np.uint64(8 * (chosen & 7)) & np.uint64(0xFF)
        if chosen & 8:
            byte = np.where(byte & np.uint64(0x80), np.uint64(0xFF), np.uint64(0))
        result |= byte.astype(np.uint32) << np.uint32(8 * number)
    m.put(i.operands[0], result)


def nothing(m: Machine, i: Instruction) -> None:
    """A barrier: threads run in step here."""


MOVES = {"mov": move, "cvta": to_global, "selp": choose, "ld": load, "st": store, "shfl": shuffle, "prmt": permute}
MOVES |= dict.fromkeys(("ldmatrix", "stmatrix"), matrices)
MOVES |= dict.fromkeys(("bar", "barrier", "membar", "fence"), nothing)
