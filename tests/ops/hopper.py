"""Compiles for Hopper, or for another GPU, without one the kernels that a list of cases launches.

A script, since Triton decides at import whether it interprets: `hopper.py CASES FORM [code]`, with cases as JSON on
stdin; `CASES.launch(FORM, case)` runs each. Prints a JSON list of lists, what became of each case's kernels.
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
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


# Compute capabilities: what is used most in the ordinary run, A100, B200 and RTX 50 beside it.
CAPABILITIES = [90, *(pytest.param(each, marks=pytest.mark.slow) for each in (80, 100, 120))]


def compiled(cases: str, form: str, chosen: list[dict], *code: str, capability: int = 90) -> list[list[dict]]:
    """What became of each case's kernels: name; with "code" also registers, stack (bytes spilled), ptx and sass."""
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


def describe(kernel: Any, code: bool) -> dict:
    if not code:
        return {"name": kernel.metadata.name}
    usage = re.search(r"REG:(\d+) STACK:(\d+)", tool("cuobjdump", "--dump-resource-usage", cubin=kernel.asm["cubin"]))
    assert usage
    sass = tool("nvdisasm", cubin=kernel.asm["cubin"])
    text = {"ptx": kernel.asm["ptx"], "sass": sass}
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

    JITFunction.run = compile_only
    sys.path.insert(0, str(ROOT))
    run, operator, results = importlib.import_module(cases).launch, importlib.import_module(form), []
    for case in json.load(sys.stdin):
        made.clear()
        run(operator, case)
        results.append([describe(kernel, bool(code)) for kernel in made])
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    warnings.simplefilter("error")
    main(*sys.argv[1:])
