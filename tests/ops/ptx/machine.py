"""Runs a kernel: all threads of all blocks at once, a numpy array a register."""

import re

import numpy as np
from ptx.kinds import UNSIGNED, bits_of, decoded, encoded
from ptx.memory import Fault, Memory
from ptx.program import Instruction, Program

SHARED = 65536  # bytes of a block
Group = tuple[int, np.ndarray]  # threads that stand at one instruction


class Machine:
    """The threads of a launch, their registers and their blocks' shared memory.

    `units`: by how many in the last place approximate operations are off.
    """

    def __init__(self, program: Program, grid: tuple[int, ...], values: list[int], memory: Memory, units: int) -> None:
        x, y, z = (*grid, 1, 1)[:3]
        self.program, self.memory, self.units = program, memory, units
        self.parameters = dict(zip(program.parameters, values, strict=True))
        self.lanes = np.arange(x * y * z * program.threads)
        thread, self.block = self.lanes % program.threads, self.lanes // program.threads
        self.in_warp = thread % 32
        special = {"tid.x": thread, "laneid": self.in_warp, "ntid.x": program.threads, "nctaid.x": x, "nctaid.y": y}
        special |= {"ctaid.x": self.block % x, "ctaid.y": self.block // x % y, "ctaid.z": self.block // x // y}
        self.registers = {f"%{name}": self.constant(value, 32) for name, value in special.items()}
        self.shared = np.zeros((x * y * z, SHARED), np.uint8)
        self.active = np.ones(len(self.lanes), bool)  # in the instruction that runs

    def run(self, operations: dict) -> None:
        """To the end of all threads; where they part, those that stand first go first.

        Raises:
            Fault: what a GPU would fault on, with the instruction.
        """
        groups: list[Group] = [(0, self.active)]
        with np.errstate(all="ignore"):
            while groups:
                at = min(place for place, _ in groups)
                together = np.logical_or.reduce([threads for place, threads in groups if place == at])
                groups = [group for group in groups if group[0] != at]
                groups += self.step(at, together, operations)

    def step(self, at: int, threads: np.ndarray, operations: dict) -> list[Group]:
        """Run one instruction; returns where its threads go."""
        instruction = self.program.code[at]
        self.active = threads
        if instruction.predicate:
            chosen = self.registers[instruction.predicate]
            self.active = threads & (~chosen if instruction.negated else chosen)
        name = instruction.words[0]
        if name in ("bra", "ret", "exit"):
            target = self.program.labels[instruction.operands[0]] if name == "bra" else None
            groups = [(target, self.active), (at + 1, threads & ~self.active)]
            return [group for group in groups if group[0] is not None and group[1].any()]
        if self.active.any():
            if name not in operations:
                raise NotImplementedError(instruction.text)
            try:
                operations[name](self, instruction)
            except Fault as fault:
                raise Fault(f"{fault}: {instruction.text}") from None
        return [(at + 1, threads)]

    def constant(self, value: int | np.ndarray, bits: int) -> np.ndarray:
        if isinstance(value, np.ndarray):
            return value.astype(UNSIGNED[bits])
        return np.full(len(self.lanes), value & (1 << bits) - 1, UNSIGNED[bits])

    def raw(self, operand: str, bits: int) -> np.ndarray:
        """A register's bits, or a constant's.

        Raises:
            Fault: a register that nothing was written to.
        """
        if operand in self.registers:
            return self.registers[operand]
        if operand == "global_smem":
            return self.constant(0, bits)
        if operand.startswith(("%", "$")):
            raise Fault(f"register {operand} is read before it is written")
        if operand.startswith(("0f", "0d")):
            return self.constant(int(operand[2:], 16), 32 if operand[1] == "f" else 64)
        return self.constant(int(operand.rstrip("U"), 0), bits)

    def value(self, operand: str, kind: str) -> np.ndarray:
        """An operand as an operation of this type reads it."""
        if kind == "pred":
            if operand in ("0", "1", "-1"):
                return np.full(len(self.lanes), operand != "0")
            found = self.raw(operand.lstrip("!"), 1)
            return ~found if operand.startswith("!") else found
        bits = self.raw(operand, bits_of(kind))
        return decoded(bits, kind)

    def put(self, register: str, bits: np.ndarray) -> None:
        """Write a register of the active threads."""
        if register != "_":
            before = self.registers.get(register)
            self.registers[register] = np.where(self.active, bits, np.zeros_like(bits) if before is None else before)

    def put_value(self, instruction: Instruction, value: np.ndarray) -> None:
        """Write the first operand, as the type says."""
        self.put(instruction.operands[0], encoded(value, instruction.kind))

    def put_of(self, register: str, threads: np.ndarray, values: np.ndarray) -> None:
        """Write a register of some threads, given by number."""
        whole = np.zeros(len(self.lanes), values.dtype)
        whole[threads] = values
        self.put(register, whole)

    def addresses(self, operand: str) -> np.ndarray:
        """Of all threads: `[%rd1+8]`."""
        base, offset = re.fullmatch(r"\[\s*([%\w$]+)\s*(?:\+\s*(-?\w+))?\s*\]", operand).groups()
        start = self.raw(base, 64 if base.startswith("%rd") else 32).astype(np.uint64)
        return start + np.uint64(int(offset or "0", 0) & 2**64 - 1)
