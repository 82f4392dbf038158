"""Tries mutants of a copy of the package, in whose parent folder it is started: `mutants.py CASES PACKAGE`.

Reads {name: [file, text, replacement]} as JSON, applies one after the other, and prints the names of those that pass
every case of `CASES.FEW`, in Triton's interpreter; "none" stands for the copy as it is.
"""

import contextlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import torch

ROOT = Path(__file__).parents[2]


def surviving(mutants: dict[str, tuple[str, str, str]], cases: str, package: str, folder: Path) -> list[str]:
    """Names of the mutants that pass every case; one process tries them all, on a copy in `folder`."""
    shutil.copytree(ROOT / "snnexp", folder / "snnexp", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, __file__, cases, package]
    environment = os.environ | {"TRITON_INTERPRET": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        command, input=json.dumps(mutants), capture_output=True, text=True, cwd=folder, env=environment
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def passes(cases: str, package: str) -> bool:
    """Whether the package as it now lies on disk passes every case."""
    for name in [name for name in sys.modules if name.startswith("snnexp")]:
        del sys.modules[name]
    importlib.invalidate_caches()
    chosen = importlib.import_module(cases)
    forms = [importlib.import_module(f"{package}.{form}") for form in ("fused", "reference")]
    try:
        for case in chosen.FEW:
            chosen.check(*forms, case, "cpu")
    except AssertionError:
        return False
    return True


def main(cases: str, package: str) -> None:
    sys.path.insert(0, "")
    sys.path.append(str(ROOT / "tests" / "shared"))
    import interpreter  # late: Triton reads how it is to run when it is imported

    interpreter.patch_once()
    sys.dont_write_bytecode = True
    torch.use_deterministic_algorithms(True)  # unwritten memory reads as NaN
    mutants = {"none": ["snnexp/__init__.py", "", ""], **json.load(sys.stdin)}
    survivors = []
    for name, (file, text, replacement) in mutants.items():
        path = Path(file)
        original = path.read_text()
        assert text in original, f"{name}: {file} has no {text!r}"
        path.write_text(original.replace(text, replacement, 1) if text else original)
        with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if passes(cases, package):
                survivors.append(name)
        path.write_text(original)
    json.dump(survivors, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
