"""Cases of an operator, by the PTX that Triton makes of its kernels for a GPU that is not there.

A program, since Triton decides at import whether it interprets: `python -m ptx.run CASES FORM [UNITS]`. `cases`, from
JSON on stdin, are checked by `CASES.check`; `mutants`, from there too, are pairs of a pattern and what takes its place
where it first matches in each kernel. Prints as JSON the failures of the cases, and the mutants that no case noticed.
"""

import functools
import importlib
import json
import re
import struct
import sys
import warnings
from typing import Any

import torch
from hopper import NoDevice
from ptx.arithmetic import OPERATIONS
from ptx.machine import Machine
from ptx.memory import Memory
from ptx.moves import MOVES
from ptx.program import Program, parse

mutant: tuple[str, str] | None = None


@functools.cache
def program(ptx: str, changed: tuple[str, str] | None) -> Program:
    """The kernel, with the mutant in it where there is one."""
    return parse(re.sub(*changed, ptx, count=1) if changed else ptx)


def leaves(value: Any, kind: Any) -> list[tuple[Any, str]]:
    """What a launch hands over of an argument, with its type; nothing of a constant."""
    if kind == "constexpr":
        return []
    if isinstance(kind, tuple):
        return [leaf for pair in zip(value, kind, strict=True) for leaf in leaves(*pair)]
    return [(value, kind)]


def bits(value: float, kind: str) -> int:
    """Return a number as a launch hands it over."""
    return struct.unpack("<q", struct.pack("<d", value))[0] if kind == "fp64" else int(value)


def execute(kernel: Any, names: list[str], arguments: Any, options: dict, grid: tuple[int, ...], units: int) -> None:
    """Run a compiled kernel in place of its launch."""
    given = dict(zip(names, arguments, strict=False)) | options
    memory, values = Memory(), []
    for name, of in kernel.src.signature.items():
        for value, kind in leaves(given[name], of):
            if isinstance(value, torch.Tensor):
                storage = value.untyped_storage()
                memory.add(storage.data_ptr(), storage.nbytes(), f"{name} {tuple(value.shape)}")
            values.append(value.data_ptr() if isinstance(value, torch.Tensor) else bits(value, kind))
    code = program(kernel.asm["ptx"], mutant)
    values += [0] * (len(code.parameters) - len(values))  # Triton's own scratch memory
    Machine(code, grid, values, memory, units).run(MOVES | OPERATIONS)


def install(units: int) -> None:
    """Execute what this process launches from here on."""
    from triton.runtime import JITFunction, driver

    driver.set_active(NoDevice())
    compile_only = JITFunction.run

    def run(self: Any, *arguments: Any, grid: Any, warmup: bool = False, **options: Any) -> Any:
        kernel = compile_only(self, *arguments, grid=grid, warmup=True, **options)
        execute(kernel, self.arg_names, arguments, options, grid, units)
        return kernel

    JITFunction.run = run


def failures(cases: Any, form: str, chosen: list[dict]) -> list[str]:
    """What is wrong with the cases, a line each."""
    operators, found = [importlib.import_module(f"{form}.{name}") for name in ("fused", "reference")], []
    for case in chosen:
        try:
            cases.check(*operators, case, "cpu")
        except Exception as error:
            found.append(f"{type(error).__name__} {str(error)[:300]} in {case}")
    return found


def main(cases: str, form: str, units: str = "0") -> None:
    global mutant
    given, module = json.load(sys.stdin), importlib.import_module(cases)
    torch.use_deterministic_algorithms(True)  # unwritten memory reads as NaN
    install(int(units))
    wrong, unnoticed = failures(module, form, given["cases"]), []
    for pattern, replacement in given["mutants"]:
        mutant = pattern, replacement
        if not failures(module, form, given["cases"]):
            unnoticed.append(pattern)
    json.dump({"failures": wrong, "unnoticed": unnoticed}, sys.stdout)


if __name__ == "__main__":
    warnings.simplefilter("error")
    main(*sys.argv[1:])
