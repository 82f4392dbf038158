"""Compiles for Hopper, or for another GPU, without one the kernels that a list of cases launches.

A script, since Triton decides at import whether it interprets: `hopper.py CASES FORM [code|keys]`, with cases as JSON
on stdin; `CASES.launch(FORM, case)` runs each. Prints a JSON list of lists, what became of each case's kernels.
"""

import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


# Compute capabilities: what is used most in the ordinary run, A100, B200 and RTX 50 beside it.
CAPABILITIES = [90, *(pytest.param(each, marks=pytest.mark.slow) for each in (80, 100, 120))]


REGISTERS, THREADS = 65536, 1536  # of a multiprocessor; threads as RTX 50 has them, the others have 2048


def compiled(cases: str, form: str, chosen: list[dict], *code: str, capability: int = 90) -> list[list[dict]]:
    """What became of each case's kernels: name; with "code" also registers, stack (bytes spilled), ptx, sass, threads.

    With "keys" nothing is compiled: the name of each launch's kernel, and what it would be compiled for.
    """
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    environment["CAPABILITY"] = str(capability)
    command = [sys.executable, __file__, cases, form, *code]
    done = subprocess.run(command, input=json.dumps(chosen), capture_output=True, text=True, env=environment, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def tool(name: str, *arguments: str, cubin: bytes) -> str:
    """What one of the tools that come with Triton prints of a kernel's machine code."""
    import triton

    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        command = [getattr(triton.knobs.nvidia, name).path, *arguments, file.name]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def in_flight(kernel: dict) -> float:
    """Return how many KB of loads a multiprocessor has under way at once, by registers and the order of machine code.

    A load is under way until the first instruction that reads one of its registers, which waits for it.
    """
    waiting, most = {}, 0
    code = kernel["sass"][kernel["sass"].index(".text.") :]
    for name, operands in re.findall(r"^\s+/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z][\w.]*) ?(.*?);", code, re.M):
        registers = [int(number) for number in re.findall(r"\bR(\d+)\b", operands)]
        for first, size in list(waiting.items()):
            if any(first <= register < first + size // 4 for register in registers):
                del waiting[first]
        if name.startswith("LDG"):
            waiting[registers[0]] = 16 if ".128" in name else 8 if ".64" in name else 4
            most = max(most, sum(waiting.values()))
    blocks = min(REGISTERS // (kernel["registers"] * kernel["threads"]), THREADS // kernel["threads"])
    return blocks * kernel["threads"] * most / 1024


def describe(kernel: Any, code: tuple[str, ...]) -> dict:
    if "code" not in code:
        return {"name": kernel.metadata.name} | ({"key": kernel.key} if "keys" in code else {})
    usage = re.search(r"REG:(\d+) STACK:(\d+)", tool("cuobjdump", "--dump-resource-usage", cubin=kernel.asm["cubin"]))
    assert usage
    sass = tool("nvdisasm", cubin=kernel.asm["cubin"])
    text = {"ptx": kernel.asm["ptx"], "sass": sass, "threads": 32 * kernel.metadata.num_warps}
    return {"name": kernel.metadata.name, "registers": int(usage[1]), "stack": int(usage[2])} | text


class NoDevice:
    """Stands for the driver of a GPU that is not there: Hopper, or of $CAPABILITY."""

    def get_current_target(self) -> Any:
        from triton.backends.compiler import GPUTarget

        return GPUTarget("cuda", int(os.environ.get("CAPABILITY", "90")), 32)

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, device: int) -> int:
        return 0


def main(cases: str, form: str, *code: str) -> None:
    from triton.runtime import JITFunction, driver

    driver.set_active(NoDevice())  # type: ignore[arg-type]
    launch, made = JITFunction.run, []

    def compile_only(self: Any, *arguments: Any, warmup: bool = False, **options: Any) -> None:
        made.append(launch(self, *arguments, warmup=True, **options))

    def key_only(self: Any, key: Any, *rest: Any) -> SimpleNamespace:
        return SimpleNamespace(metadata=SimpleNamespace(name=self.fn.__name__), key=str(key))

    JITFunction.run = compile_only
    if "keys" in code:
        JITFunction._do_compile = key_only
    sys.path.insert(0, str(ROOT))
    run, operator, results = importlib.import_module(cases).launch, importlib.import_module(form), []
    for case in json.load(sys.stdin):
        made.clear()
        run(operator, case)
        results.append([describe(kernel, code) for kernel in made])
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    warnings.simplefilter("error")
    main(*sys.argv[1:])
